import type OracleDb from 'oracledb'
import type { Connection, DbType, ExecuteOptions } from 'oracledb'
import type { SourceRecord } from '../../source.ts'
import type { ColumnKind } from './canonical.ts'
import { recordOfRow, requireNames } from './records.ts'
import type { Cell, Column } from './records.ts'
import type { Login, Question, Session } from './session.ts'

type Oracle = typeof OracleDb
type FetchTypeHandler = NonNullable<ExecuteOptions['fetchTypeHandler']>

const portion = 500

/** Reads by a result set, in a transaction that cannot write; Oracle is spoken to without its own client. */
export async function openOracle(login: Login, question: Question): Promise<Session> {
  const { default: oracle } = await import('oracledb')
  const opened: { connection?: Connection } = {}
  const connection = (): Connection => {
    if (opened.connection === undefined) throw new Error('the connection was cut')
    return opened.connection
  }
  return {
    async begin() {
      opened.connection = await oracle.getConnection(connectionOf(login))
      opened.connection.callTimeout = question.timeoutMs
      for (const statement of begins) await opened.connection.execute(statement)
    },
    async check() {
      await describe(connection(), question.query.text)
    },
    rows: () => readAll(oracle, connection(), question),
    end: () => connection().close(),
    async destroy() {
      const { connection: cut } = opened
      delete opened.connection
      await cut?.break().catch(() => undefined)
      await cut?.close({ drop: true }).catch(() => undefined)
    },
  }
}

const begins = [`alter session set time_zone = '+00:00' nls_numeric_characters = '.,'`, 'set transaction read only']

function connectionOf({ host, port, database, user, password, tls }: Login): object {
  const address = host.includes(':') ? `[${host}]` : host
  const connectString = `${tls === undefined ? 'tcp' : 'tcps'}://${address}:${port}/${database}`
  const ca = tls?.ca === undefined ? {} : { walletContent: tls.ca }
  return { user, password, connectString, ...ca, sslServerDNMatch: tls?.verify ?? true }
}

interface OracleColumn extends Column {
  /** The column as a text, of `$`. */
  readonly text: string
  readonly isDay: boolean
}

const moment = `'YYYY-MM-DD"T"HH24:MI:SS`
const kinds: Readonly<Record<string, readonly [kind: ColumnKind, text: string]>> = {
  DATE: ['timestamp', `to_char($, ${moment}')`],
  TIMESTAMP: ['timestamp', `to_char($, ${moment}.FF9')`],
  'TIMESTAMP WITH TIME ZONE': ['instant', `to_char(sys_extract_utc($), ${moment}.FF9')`],
  'TIMESTAMP WITH LOCAL TIME ZONE': ['instant', `to_char(sys_extract_utc($), ${moment}.FF9')`],
  'INTERVAL DAY TO SECOND': ['text', 'to_char($)'],
  'INTERVAL YEAR TO MONTH': ['text', 'to_char($)'],
  JSON: ['text', 'json_serialize($ returning clob)'],
  NUMBER: ['number', '$'],
  BINARY_DOUBLE: ['number', '$'],
  BINARY_FLOAT: ['number', '$'],
  BOOLEAN: ['boolean', '$'],
}

async function describe(connection: Connection, query: string): Promise<readonly OracleColumn[]> {
  const { metaData = [] } = await connection.getStatementInfo(query)
  const columns = metaData.map(({ name, dbTypeName = '' }) => {
    const [kind, text] = kinds[dbTypeName] ?? ['text', '$']
    return { name: nameOf(name), kind, text, isDay: dbTypeName === 'DATE' }
  })
  requireNames(columns.map(({ name }) => name))
  return columns
}

/** Names that were not quoted are in upper case there, and in lower case everywhere else. */
function nameOf(name: string): string {
  return name === name.toUpperCase() ? name.toLowerCase() : name
}

async function* readAll(
  oracle: Oracle,
  connection: Connection,
  { query, select }: Question,
): AsyncGenerator<readonly SourceRecord[], void> {
  const columns = await describe(connection, query.text)
  const names = columns.map((_, index) => `c${index}`)
  const texts = columns.map(({ text }, index) => text.replace('$', `c${index}`))
  const statement = `with guildhall (${names.join(', ')}) as (${query.text}\n) select ${texts.join(', ')} from guildhall`
  const { resultSet } = await connection.execute<readonly unknown[]>(
    statement,
    select === undefined ? {} : { guildhall_select: select },
    { resultSet: true, fetchArraySize: portion, outFormat: oracle.OUT_FORMAT_ARRAY, fetchTypeHandler: asText(oracle) },
  )
  if (resultSet === undefined) throw new Error('it gave no rows to read, nor said that there are none')
  for (;;) {
    const rows = await resultSet.getRows(portion)
    if (rows.length === 0) return
    yield rows.map((row) =>
      recordOfRow(
        columns,
        row.map((value, index) => cellOf(value, columns[index])),
      ),
    )
  }
}

function asText(oracle: Oracle): FetchTypeHandler {
  const asked = new Map<unknown, DbType>([
    [oracle.DB_TYPE_NUMBER, oracle.DB_TYPE_VARCHAR],
    [oracle.DB_TYPE_BINARY_DOUBLE, oracle.DB_TYPE_VARCHAR],
    [oracle.DB_TYPE_BINARY_FLOAT, oracle.DB_TYPE_VARCHAR],
    [oracle.DB_TYPE_CLOB, oracle.DB_TYPE_VARCHAR],
    [oracle.DB_TYPE_NCLOB, oracle.DB_TYPE_NVARCHAR],
    [oracle.DB_TYPE_BLOB, oracle.DB_TYPE_RAW],
  ])
  return ({ dbType }) => {
    const type = asked.get(dbType)
    return type === undefined ? undefined : { type }
  }
}

function cellOf(value: unknown, column: OracleColumn | undefined): Cell {
  if (value === null || value === undefined) return null
  if (value instanceof Uint8Array) return value
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return column?.isDay === true ? text.replace(/T00:00:00$/, '') : text
}
