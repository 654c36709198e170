import type { Position } from '../../core/model/finding.ts'

/** Where each line of a text starts. */
export type LineStarts = Uint32Array

/** Finds the line starts of a text. */
export function lineStarts(text: string): LineStarts {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return Uint32Array.from(starts)
}

/** Tells line and column, from 1, of an offset. */
export function positionAt(file: string, starts: LineStarts, offset: number): Position {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { file, line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
}
