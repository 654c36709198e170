import { DatabaseSync } from '@photostructure/sqlite'
import type { SourceRecord } from '../../source.ts'
import { mostValueBytes } from '../../source-records.ts'
import { canonical } from './canonical.ts'
import { recordOfRow, requireNames } from './records.ts'
import type { Cell, Column } from './records.ts'

/** What is read of which file. */
export interface SqliteQuestion {
  readonly path: string
  readonly query: string
  /** Bound as `:guildhall_select`. */
  readonly select: string | undefined
}

/** A file that is open, and seen in the state that it had at the first row. */
export interface SqliteReader {
  check(): void
  rows(): Iterator<readonly SourceRecord[], void>
}

/** The type of each column's value, and the value: a text as the bytes it is made of. */
type Row = readonly (string | number | bigint | Uint8Array | null)[]

const portion = 200
const busyMs = 30_000

/** Opens a file so that nothing can be written. */
export function openSqlite({ path, query, select }: SqliteQuestion): SqliteReader {
  const database = new DatabaseSync(path, { readOnly: true, timeout: busyMs })
  database.exec('pragma query_only = on; pragma trusted_schema = off; begin')
  const values = select === undefined ? [] : [{ guildhall_select: select }]
  return {
    check() {
      const columns = describe(database, query)
      database.prepare(withTypes(query, columns))
    },
    *rows() {
      const columns = describe(database, query)
      const encoding = encodingOf(database)
      const statement = database.prepare(withTypes(query, columns))
      statement.setReadBigInts(true)
      statement.setReturnArrays(true)
      const rows: Iterable<Row> = statement.iterate(...values)
      let records: SourceRecord[] = []
      for (const row of rows) {
        records.push(recordOfRow(columns, cellsOf(row, encoding)))
        if (records.length < portion) continue
        yield records
        records = []
      }
      if (records.length > 0) yield records
    },
  }
}

function describe(database: InstanceType<typeof DatabaseSync>, query: string): readonly Column[] {
  const columns = database.prepare(query).columns()
  requireNames(columns.map(({ name }) => name))
  return columns.map(({ name, type }) => ({ name, kind: kindOf(type ?? '') }))
}

/** SQLite keeps what a column was declared as, and any value in it. */
function kindOf(declared: string): Column['kind'] {
  if (/^bool/i.test(declared)) return 'boolean'
  return /date|time/i.test(declared) ? 'timestamp' : 'text'
}

/** As a part of a larger statement the query can be nothing but a select. Long values are cut just past what one may have. */
function withTypes(query: string, columns: readonly Column[]): string {
  const names = columns.map((_, index) => `c${index}`)
  const cut = (value: string): string => `substr(${value}, 1, ${mostValueBytes + 1})`
  const values = names.map(
    (name) =>
      `typeof(${name}), case typeof(${name}) when 'text' then ${cut(`cast(${name} as blob)`)} when 'blob' then ${cut(name)} else ${name} end`,
  )
  return `with guildhall (${names.join(', ')}) as (${query}\n) select ${values.join(', ')} from guildhall`
}

function encodingOf(database: InstanceType<typeof DatabaseSync>): string {
  const row: unknown = database.prepare('pragma encoding').get()
  return typeof row === 'object' && row !== null && 'encoding' in row ? String(row.encoding).toLowerCase() : 'utf-8'
}

function cellsOf(row: Row, encoding: string): Cell[] {
  const cells: Cell[] = []
  for (let at = 0; at < row.length; at += 2) {
    const value = row[at + 1] ?? null
    if (typeof value === 'number' || typeof value === 'bigint') cells.push(canonical('number', String(value)))
    else if (value instanceof Uint8Array && row[at] === 'text') cells.push(textOf(value, encoding))
    else cells.push(value)
  }
  return cells
}

function textOf(bytes: Uint8Array, encoding: string): Cell {
  if (encoding === 'utf-8') return bytes
  if (bytes.byteLength > mostValueBytes) return { unreadable: 'too-long' }
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return { unreadable: 'not-utf8' }
  }
}
