import { statSync } from 'node:fs'
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

/** A file that is open, and seen in the state that it had then. */
export interface SqliteReader {
  check(): void
  rows(): Iterator<readonly SourceRecord[], void>
}

type Database = InstanceType<typeof DatabaseSync>

/** The type of each column's value, and the value: a text as the bytes it is made of. */
type Row = readonly (string | number | bigint | Uint8Array | null)[]

const portion = 200
const busyMs = 30_000

/** The result code of SQLite for a file with contradictions in it. */
export const corrupt = 11

/** Opens a file so that nothing can be written. */
export function openSqlite(question: SqliteQuestion): SqliteReader {
  const { path, query } = question
  const database = new DatabaseSync(path, { readOnly: true, timeout: busyMs })
  database.exec('pragma query_only = on; pragma trusted_schema = off; begin')
  const requireSame = fileWatch(database, path)
  return {
    check() {
      const columns = describe(database, query)
      database.prepare(withTypes(query, columns))
    },
    *rows() {
      try {
        yield* readRows(database, question)
      } finally {
        requireSame()
      }
    },
  }
}

function* readRows(database: Database, { query, select }: SqliteQuestion): Generator<readonly SourceRecord[], void> {
  const columns = describe(database, query)
  const encoding = encodingOf(database)
  const statement = database.prepare(withTypes(query, columns))
  statement.setReadBigInts(true)
  statement.setReturnArrays(true)
  const rows: Iterable<Row> = statement.iterate(...(select === undefined ? [] : [{ guildhall_select: select }]))
  let records: SourceRecord[] = []
  for (const row of rows) {
    records.push(recordOfRow(columns, cellsOf(row, encoding)))
    if (records.length < portion) continue
    yield records
    records = []
  }
  if (records.length > 0) yield records
}

/**
 * Begins to look at one state of the file. Whoever writes to it as SQLite does waits now, unless it keeps a log; so whoever wrote all the
 * same, such as `cp`, mixed two states.
 */
function fileWatch(database: Database, path: string): () => void {
  database.prepare('select count(*) from sqlite_schema').get()
  const mode: unknown = database.prepare('pragma journal_mode').get()
  const before = statSync(path, { bigint: true })
  if (typeof mode === 'object' && mode !== null && Object.values(mode).includes('wal')) return () => undefined
  return () => {
    const now = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (now?.ino !== before.ino || (now.mtimeNs === before.mtimeNs && now.size === before.size)) return
    throw Object.assign(new Error('it was overwritten while it was read'), { errcode: corrupt })
  }
}

function describe(database: Database, query: string): readonly Column[] {
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

function encodingOf(database: Database): string {
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
