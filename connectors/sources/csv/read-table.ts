import type { SourceRecord } from '../../source.ts'
import { withoutMark } from '../../source-input/byte-order-mark.ts'
import { unreadable } from '../../source-input/open-input.ts'
import type { Input } from '../../source-input/open-input.ts'
import { recordOf } from '../../source-records.ts'
import type { Unreadable } from '../../source-records.ts'
import { createEnd } from './end.ts'
import { readHead } from './head.ts'
import type { Dialect } from './dialect.ts'
import { RowScanner } from './rows.ts'
import type { Row } from './rows.ts'

/**
 * Gives the records as the bytes come in, a first portion as soon as the columns are known; ends with an error where the file is
 * none of this kind or may not be whole.
 */
export async function* readTable(
  input: Input,
  dialect: Dialect,
  sawColumns: (columns: readonly string[]) => void,
): AsyncGenerator<readonly SourceRecord[]> {
  const fail = (reason: string): Error => unreadable(input, reason)
  const end = createEnd(dialect, input.isSealed, fail)
  let columns: readonly string[] | undefined
  for await (const { rows, isCutOff } of rowsOf(input, dialect, fail)) {
    const isFirst = columns === undefined
    columns ??= readHead(rows[0], dialect, fail)
    if (isFirst) sawColumns(columns)
    const portion: SourceRecord[] = []
    for (const row of isFirst && dialect.columns === undefined ? rows.slice(1) : rows) {
      if (end.isTrailer(row)) continue
      end.sawRow(row, isCutOff)
      portion.push(toRecord(row, { columns, dialect, fail }))
    }
    yield portion
  }
  if (columns === undefined) throw fail('it is empty; expected a first line with the names of the columns')
  end.check()
}

interface Rows {
  readonly rows: readonly Row[]
  /** Whether no line feed ends them. */
  readonly isCutOff: boolean
}

async function* rowsOf(input: Input, { delimiter }: Dialect, fail: (reason: string) => Error): AsyncGenerator<Rows> {
  const scanner = new RowScanner(delimiter, fail)
  for await (const chunk of withoutMark(input)) {
    const rows = scanner.scan(chunk)
    if (rows.length > 0) yield { rows, isCutOff: false }
  }
  const last = scanner.end()
  if (last !== undefined) yield { rows: [last], isCutOff: true }
}

interface Shape {
  readonly columns: readonly string[]
  readonly dialect: Dialect
  readonly fail: (reason: string) => Error
}

function toRecord({ cells, line }: Row, { columns, dialect, fail }: Shape): SourceRecord {
  if (cells.length !== columns.length) {
    throw fail(`the row of line ${line} has ${cells.length} cells, expected ${columns.length} as there are columns`)
  }
  const values: [string, string | Unreadable][] = []
  for (const [index, column] of columns.entries()) {
    const cell = cells[index] ?? ''
    const separator = dialect.separators.get(column)
    if (separator === undefined || typeof cell !== 'string') values.push([column, cell])
    else for (const part of cell.split(separator)) values.push([column, part])
  }
  return recordOf(values)
}
