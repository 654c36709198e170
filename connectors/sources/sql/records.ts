import { GuildhallError } from '../../../core/errors.ts'
import type { SourceRecord } from '../../source.ts'
import { readValue, recordOf } from '../../source-records.ts'
import type { Unreadable } from '../../source-records.ts'
import { canonical } from './canonical.ts'
import type { ColumnKind } from './canonical.ts'

/** A column of a query's result. */
export interface Column {
  readonly name: string
  readonly kind: ColumnKind
}

/** What a row holds in one column: nothing, one value, or several. */
export type Cell = string | Uint8Array | Unreadable | null | readonly (string | Uint8Array)[]

/** Names of columns as fields; two of one name could not be told apart. */
export function requireNames(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined && !names.includes('')) return
  const reason = twice === undefined ? 'a column has no name' : `two columns are named ${JSON.stringify(twice)}`
  throw new GuildhallError(
    'SOURCE_OPTIONS_INVALID',
    `Cannot use the query of an sql source: ${reason}; name each with "as"`,
  )
}

/** Makes a record of a row: null is no value. */
export function recordOfRow(columns: readonly Column[], cells: readonly Cell[]): SourceRecord {
  return recordOf(valuesOf(columns, cells))
}

function* valuesOf(
  columns: readonly Column[],
  cells: readonly Cell[],
): Generator<readonly [string, string | Unreadable]> {
  for (const [index, { name, kind }] of columns.entries()) {
    const cell = cells[index] ?? null
    if (cell === null) continue
    if (typeof cell === 'string' || cell instanceof Uint8Array) yield [name, valueOf(kind, cell)]
    else if ('unreadable' in cell) yield [name, cell]
    else for (const one of cell) yield [name, valueOf(kind, one)]
  }
}

function valueOf(kind: ColumnKind, cell: string | Uint8Array): string | Unreadable {
  const value = readValue(cell)
  return typeof value === 'string' ? canonical(kind, value) : value
}
