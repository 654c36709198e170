import { connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import type { Connection } from 'mysql2'
import type { SourceRecord } from '../../source.ts'
import type { ColumnKind } from './canonical.ts'
import { recordOfRow, requireNames } from './records.ts'
import type { Cell, Column } from './records.ts'
import type { Login, Question, Session } from './session.ts'

/** A column as the server describes it. */
interface Field {
  readonly name: string
  readonly columnType: number
  readonly columnLength: number
}

type Row = readonly (Buffer | null)[]

const [tiny, date, datetime, timestamp, bit] = [1, 10, 12, 7, 16]
const kinds: ReadonlyMap<number, ColumnKind> = new Map<number, ColumnKind>([
  [0, 'number'],
  [4, 'number'],
  [5, 'number'],
  [246, 'number'],
  [timestamp, 'instant'],
  [datetime, 'timestamp'],
  [11, 'time'],
])
const portion = 100

/**
 * Reads the rows as the server sends them, in a transaction that cannot write. To the server its time to work has not ended before the
 * last row is taken; so it is whoever waits for rows that says when it took too long, and the server is told to stop.
 */
export async function openMysql(login: Login, question: Question): Promise<Session> {
  const { connection, socket } = await connectTo({ login, address: login.host })
  let isWorking = false
  let self = nobody
  let stopped: Promise<void> | undefined
  return {
    async begin() {
      await beginReading(connection, question.timeoutMs)
      self = await sessionOf(connection, 'connection_id()')
    },
    check: () => prepare(connection, question),
    async *rows(): AsyncGenerator<readonly SourceRecord[], void> {
      isWorking = true
      await prepare(connection, question)
      yield* stream(connection, question.query.selects)
      isWorking = false
    },
    async end() {
      await run(connection, 'commit')
    },
    destroy() {
      // Behind a name there may be several servers, each with sessions of that number.
      stopped ??= isWorking ? stopWork(atServerOf(socket, login), connection.threadId, self) : Promise.resolve()
      socket.destroy()
      return stopped
    },
  }
}

interface Target {
  readonly login: Login
  /** In the place of the login's host, whose name the certificate has all the same. */
  readonly address: string
}

function atServerOf({ remoteAddress }: Socket, login: Login): Target {
  return { login, address: remoteAddress ?? login.host }
}

async function connectTo({
  login,
  address,
}: Target): Promise<{ readonly connection: Connection; readonly socket: Socket }> {
  const { default: mysql } = await import('mysql2')
  const socket = connect({ host: address, port: login.port, keepAlive: true, noDelay: true })
  const connection = mysql.createConnection({ ...connectionOf(login), stream: () => socket })
  connection.on('error', () => undefined)
  return { connection, socket }
}

const stopMs = 2_000

/** A server notices that nobody listens any more when it has a row to send; before the first one, it would go on working for nobody. */
async function stopWork(target: Target, thread: number, self: string): Promise<void> {
  const waiting = new AbortController()
  let socket: Socket | undefined
  try {
    const reached = await connectTo(target)
    socket = reached.socket
    const late = setTimeout(stopMs, undefined, { signal: waiting.signal })
    await Promise.race([killOwn(reached.connection, thread, self), late])
  } catch {
    // It has ended by itself, or cannot be reached: what it may do for an hour at most is all that is left.
  } finally {
    waiting.abort()
    socket?.destroy()
  }
}

async function killOwn(connection: Connection, thread: number, self: string): Promise<void> {
  if (self !== nobody && (await sessionOf(connection, `${thread}`)) === self) await run(connection, `kill ${thread}`)
}

const nobody = '[]'

/** What tells a session from all others: its server, and the host and port that it came from as the server sees them. */
async function sessionOf(connection: Connection, id: string): Promise<string> {
  const who = `select @@hostname as server, id, user, host from information_schema.processlist where id = ${id}`
  return JSON.stringify(await run(connection, who))
}

/** In seconds, for whom nobody can tell to stop; the time until the last row is taken counts. */
const longestWork = 3_600

function connectionOf({ host, port, database, user, password, tls }: Login): object {
  const ca = tls?.ca === undefined ? {} : { ca: tls.ca }
  const ssl = tls === undefined ? {} : { ssl: { ...ca, rejectUnauthorized: tls.verify, verifyIdentity: tls.verify } }
  return { host, port, database, user, password, ...ssl, charset: 'utf8mb4', connectTimeout: 0 }
}

async function beginReading(connection: Connection, timeoutMs: number): Promise<void> {
  const version = JSON.stringify(await run(connection, 'select version()'))
  const lockSeconds = Math.min(30, Math.ceil(timeoutMs / 1_000))
  const settings = [
    `sql_mode = 'STRICT_TRANS_TABLES'`,
    `time_zone = '+00:00'`,
    `lock_wait_timeout = ${lockSeconds}`,
    `innodb_lock_wait_timeout = ${lockSeconds}`,
    // A reader that takes its time is no reason to hang up on it.
    'net_write_timeout = 3600',
    /mariadb/i.test(version) ? `max_statement_time = ${longestWork}` : `max_execution_time = ${longestWork * 1_000}`,
  ]
  await run(connection, `set session ${settings.join(', session ')}`)
  await run(connection, 'set session transaction isolation level repeatable read, read only')
  await run(connection, 'start transaction with consistent snapshot, read only')
}

/** The server itself prepares the query, so that `select` is bound there and the rows still come as texts. */
async function prepare(connection: Connection, { query, select }: Question): Promise<void> {
  const values = [query.text, select ?? null]
  await new Promise<void>((resolve, reject) => {
    connection.execute('set @guildhall_query = ?, @guildhall_select = ?', values, (error) => {
      if (error === null) resolve()
      else reject(error)
    })
  })
  await run(connection, 'prepare guildhall from @guildhall_query')
}

async function* stream(connection: Connection, selects: number): AsyncGenerator<readonly SourceRecord[], void> {
  const using = selects === 0 ? '' : ` using ${Array<string>(selects).fill('@guildhall_select').join(', ')}`
  const sent = connection.query({ sql: `execute guildhall${using}`, rowsAsArray: true, typeCast: false })
  const columns: (Column & Field)[] = []
  const stream = sent.stream({ highWaterMark: portion })
  stream.on('fields', (fields: readonly Field[]) => columns.push(...fields.map(columnOf)))
  // A connection that is lost says so to nobody who streams from it.
  connection.once('error', (error: Error) => stream.destroy(error))
  const rows: AsyncIterable<Row> = stream
  let records: SourceRecord[] = []
  for await (const row of rows) {
    if (records.length === 0) requireNames(columns.map(({ name }) => name))
    records.push(
      recordOfRow(
        columns,
        row.map((value, index) => cellOf(value, columns[index])),
      ),
    )
    if (records.length < portion) continue
    yield records
    records = []
  }
  requireNames(columns.map(({ name }) => name))
  if (records.length > 0) yield records
}

function columnOf({ name, columnType, columnLength }: Field): Column & Field {
  const isTruth = columnLength === 1 && (columnType === tiny || columnType === bit)
  return { name, columnType, columnLength, kind: isTruth ? 'boolean' : (kinds.get(columnType) ?? 'text') }
}

function cellOf(value: Buffer | null, column: Field | undefined): Cell {
  if (value === null || column === undefined) return null
  switch (column.columnType) {
    case bit:
      return BigInt(`0x${value.toString('hex') || '0'}`).toString()
    case date:
    case datetime:
    case timestamp:
      return isNoDay(value) ? null : value
    default:
      return value
  }
}

/** MySQL's way of knowing no day. */
function isNoDay(value: Buffer): boolean {
  return value.subarray(0, 10).toString('latin1') === '0000-00-00'
}

async function run(connection: Connection, statement: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query(statement, (error, result) => {
      if (error === null) resolve(result)
      else reject(error)
    })
  })
}
