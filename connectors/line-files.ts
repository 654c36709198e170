import type { Output } from './generator.ts'
import { inBatches } from './text-batches.ts'

/** Writes a file of one text for each item, also where there is none. */
export function* writeLines<T>(file: string, items: Iterable<T>, line: (item: T) => string): Iterable<Output> {
  yield { kind: 'text', file, text: '' }
  for (const text of inBatches(linesOf(items, line))) yield { kind: 'text', file, text }
}

/** Writes a file of distinct lines in code-point order, also where there is none. */
export function writeSorted(file: string, lines: Iterable<string>): Iterable<Output> {
  return writeLines(file, [...new Set(lines)].sort(), (line) => `${line}\n`)
}

function* linesOf<T>(items: Iterable<T>, line: (item: T) => string): Iterable<string> {
  for (const item of items) yield line(item)
}
