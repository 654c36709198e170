import { printable } from './printable.ts'

/** Aligns rows under a header line; two spaces between columns, nothing at line ends. */
export function renderTable(headers: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [headers, ...rows].map((line) => line.map(printable))
  const widths = headers.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ''))))
  return lines.map((line) => renderLine(line, widths)).join('\n')
}

function renderLine(line: readonly string[], widths: readonly number[]): string {
  const cells = line.map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
  return cells.join('  ').trimEnd()
}

function widthOf(text: string): number {
  return Array.from(text).length
}
