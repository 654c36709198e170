import { Socket } from 'node:net'
import type { Client } from 'pg'
import type { SourceRecord } from '../../source.ts'
import { longestValue } from '../../source.ts'
import { mostValueBytes } from '../../source-records.ts'
import { readPgArray } from './pg-arrays.ts'
import type { ColumnKind } from './canonical.ts'
import { recordOfRow, requireNames } from './records.ts'
import type { Cell, Column } from './records.ts'
import type { Login, Question, Session } from './session.ts'

interface PgColumn extends Column {
  readonly isArray: boolean
  readonly isBytes: boolean
}

type Row = readonly (string | null)[]

const kinds: Readonly<Record<string, ColumnKind>> = {
  bool: 'boolean',
  date: 'timestamp',
  float4: 'number',
  float8: 'number',
  numeric: 'number',
  time: 'time',
  timetz: 'time',
  timestamp: 'timestamp',
  timestamptz: 'instant',
}
const asItCame = { getTypeParser: () => (value: string) => value }
const mostRows = 1_000
const pageCharacters = 4_000_000
const longestArray = 4_000_000

/** Reads by a cursor, in a transaction that cannot write. */
export async function openPostgresql(login: Login, question: Question): Promise<Session> {
  const { default: pg } = await import('pg')
  const socket = new Socket()
  const client = new pg.Client({ ...connectionOf(login), stream: () => socket })
  client.on('error', () => undefined)
  const texts = question.select === undefined ? [] : [question.select]
  let isAscii = false
  return {
    async begin() {
      await client.connect()
      isAscii = await beginReading(client, question.timeoutMs)
    },
    async check() {
      await describe(client, question.query.text, question.query.selects > 0 ? [null] : [])
    },
    async *rows(): AsyncGenerator<readonly SourceRecord[], void> {
      const columns = await describe(client, question.query.text, texts)
      await client.query(cursorOver(question.query.text, columns, isAscii), [...texts])
      yield* fetchAll(client, columns, isAscii)
    },
    async end() {
      await client.query('commit')
      await client.end()
    },
    destroy() {
      socket.destroy()
      return Promise.resolve()
    },
  }
}

/** Everything is said, so that no variable of the environment says something else. */
function connectionOf({ host, port, database, user, password, tls }: Login): object {
  const ssl =
    tls === undefined ? false : { rejectUnauthorized: tls.verify, ...(tls.ca === undefined ? {} : { ca: tls.ca }) }
  return { host, port, database, user, password, ssl, application_name: 'guildhall', keepAlive: true }
}

/** Texts are written in one way whatever the server's defaults are; tells whether the database does not know what its bytes mean. */
async function beginReading(client: Client, timeoutMs: number): Promise<boolean> {
  const settings = [
    `default_transaction_read_only = on`,
    `statement_timeout = ${timeoutMs}`,
    `lock_timeout = ${Math.min(timeoutMs, 30_000)}`,
    `timezone = 'UTC'`,
    `datestyle = 'ISO, YMD'`,
    `intervalstyle = 'iso_8601'`,
    `bytea_output = 'hex'`,
    `extra_float_digits = 1`,
    `standard_conforming_strings = on`,
  ]
  const set = settings.map((setting) => `set local ${setting}`).join('; ')
  await client.query(`begin transaction isolation level repeatable read, read only; ${set}`)
  const { rows } = await client.query<{ server_encoding: string }>('show server_encoding')
  if (rows[0]?.server_encoding !== 'SQL_ASCII') return false
  await client.query(`set local client_encoding = 'SQL_ASCII'`)
  return true
}

/** What the query's columns are called and hold; no row is read. */
async function describe(client: Client, query: string, values: readonly (string | null)[]): Promise<PgColumn[]> {
  const text = `select * from (${query}\n) as guildhall limit 0`
  const { fields } = await client.query({ text, values: [...values], rowMode: 'array', types: asItCame })
  requireNames(fields.map(({ name }) => name))
  const oids = [...new Set(fields.map(({ dataTypeID }) => dataTypeID))]
  const { rows } = await client.query<{ oid: string; name: string; element: string | null }>({
    text: `select type.oid::text as oid, type.typname as name, element.typname as element
           from pg_catalog.pg_type as type
           left join pg_catalog.pg_type as element on type.typcategory = 'A' and element.oid = type.typelem
           where type.oid = any ($1::oid[])`,
    values: [oids],
    types: asItCame,
  })
  const types = new Map(rows.map((type) => [Number(type.oid), type]))
  return fields.map(({ name, dataTypeID }) => {
    const { name: typeName = '', element = null } = types.get(dataTypeID) ?? {}
    const held = element ?? typeName
    return { name, kind: kindOf(held), isArray: element !== null, isBytes: held === 'bytea' }
  })
}

function kindOf(type: string): ColumnKind {
  return kinds[type] ?? 'text'
}

/** Long values are cut where they lie, just past what a value may have, so that none of them is ever sent. */
function cursorOver(query: string, columns: readonly PgColumn[], isAscii: boolean): string {
  const names = columns.map((_, index) => `c${index}`)
  const longest = isAscii ? mostValueBytes : longestValue
  const texts = columns.map(({ isArray, isBytes }, index) => {
    if (isArray) return `left(c${index}::text, ${longestArray})`
    return isBytes
      ? `substring(c${index} from 1 for ${mostValueBytes + 1})::text`
      : `left(c${index}::text, ${longest + 1})`
  })
  const select = `select ${texts.join(', ')} from (${query}\n) as guildhall (${names.join(', ')})`
  return `declare guildhall no scroll cursor for ${select}`
}

/** Ends with the empty answer to a fetch, never with one that is short; asks for fewer rows where they are long. */
async function* fetchAll(
  client: Client,
  columns: readonly PgColumn[],
  isAscii: boolean,
): AsyncGenerator<readonly SourceRecord[], void> {
  let size = 100
  for (;;) {
    const text = `fetch ${size} from guildhall`
    const { rows } = await client.query<(string | null)[]>({ text, rowMode: 'array', types: asItCame })
    if (rows.length === 0) return
    yield rows.map((row) => recordOfRow(columns, cellsOf(row, columns, isAscii)))
    size = nextSize(rows)
  }
}

function nextSize(rows: readonly Row[]): number {
  let characters = 1
  for (const row of rows) for (const value of row) characters += value?.length ?? 0
  return Math.max(1, Math.min(mostRows, Math.floor((pageCharacters * rows.length) / characters)))
}

function cellsOf(row: Row, columns: readonly PgColumn[], isAscii: boolean): Cell[] {
  return columns.map(({ isArray, isBytes }, index) => {
    const value = row[index] ?? null
    if (value === null) return null
    if (isAscii && value.includes('\ufffd')) return { unreadable: 'not-utf8' }
    if (!isArray) return isBytes ? bytesOf(value) : value
    const elements = readPgArray(value)
    if (elements === undefined) return { unreadable: 'too-long' }
    return isBytes ? elements.map(bytesOf) : elements
  })
}

function bytesOf(hex: string): Buffer {
  return Buffer.from(hex.slice(2), 'hex')
}
