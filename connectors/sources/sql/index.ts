import type { ReadContext, ReadEnd, SourceEnvironment, SourceRecord, SourceType } from '../../source.ts'
import { optionsInvalid } from '../../source-input/options.ts'
import { readAuthorities } from '../../source-options.ts'
import { pagesOf } from '../../source-records.ts'
import { openMysql } from './mysql.ts'
import { readOptions } from './options.ts'
import type { ServerOptions, SqlOptions } from './options.ts'
import { openOracle } from './oracle.ts'
import { openPostgresql } from './postgresql.ts'
import { problemOf } from './problem.ts'
import type { Place } from './problem.ts'
import { readQuery, requireSelect } from './query.ts'
import type { Query } from './query.ts'
import { within } from './session.ts'
import type { Limits, Login, Question, Session } from './session.ts'
import { openSqliteProcess } from './sqlite.ts'

/** Reads the rows of a query of a PostgreSQL, MySQL, MariaDB, SQLite or Oracle database. */
export const sourceType: SourceType = {
  type: 'sql',
  login: '${login}',
  create(settings, environment) {
    const options = readOptions(settings)
    const database: Database = { options, query: readQuery(options.dialect, options.query), environment }
    return {
      check: (context) => check(database, context),
      subjects: (select, context) => read(database, select, context),
    }
  },
}

interface Database {
  readonly options: SqlOptions
  readonly query: Query
  readonly environment: SourceEnvironment
}

const connectMs = 15_000

async function check(database: Database, { signal }: ReadContext): Promise<void> {
  const { session, place } = await open(database, undefined, signal)
  const limits = { signal, ms: patienceMs(database.options) }
  try {
    await within(() => session.begin(), { signal, ms: connectMs }, session)
    await within(() => session.check(), limits, session)
    await within(() => session.end(), limits, session)
  } catch (cause) {
    signal.throwIfAborted()
    throw problemOf(place, cause)
  } finally {
    await session.destroy()
  }
}

async function* read(
  database: Database,
  select: string | undefined,
  { signal }: ReadContext,
): AsyncGenerator<readonly SourceRecord[], ReadEnd> {
  requireSelect(database.query, select)
  const { session, place } = await open(database, select, signal)
  const limits = { signal, ms: patienceMs(database.options) }
  try {
    await within(() => session.begin(), { signal, ms: connectMs }, session)
    const count = yield* pagesOf(bounded(session, limits))
    await within(() => session.end(), limits, session)
    return { complete: true, count }
  } catch (cause) {
    signal.throwIfAborted()
    throw problemOf(place, cause)
  } finally {
    await session.destroy()
  }
}

/** The same rows; the time that whoever takes them needs does not count. */
async function* bounded(session: Session, limits: Limits): AsyncGenerator<readonly SourceRecord[]> {
  const rows = session.rows()
  for (;;) {
    const next = await within(() => rows.next(), limits, session)
    if (next.done === true) return
    yield next.value
  }
}

/** A database that keeps to the limit itself gets a little longer, so that it is the one to say what took so long. */
function patienceMs({ dialect, timeoutMs }: SqlOptions): number {
  return dialect === 'sqlite' || dialect === 'mysql' ? timeoutMs : timeoutMs + 10_000
}

async function open(
  { options, query, environment }: Database,
  select: string | undefined,
  signal: AbortSignal,
): Promise<{ readonly session: Session; readonly place: Place }> {
  signal.throwIfAborted()
  const question: Question = { query, select, timeoutMs: options.timeoutMs }
  if (options.dialect === 'sqlite') {
    const place = { name: `"${options.path}" under $GUILDHALL_IN`, secret: undefined }
    return { session: openSqliteProcess(environment.in, options.path, question), place }
  }
  const login = await loginOf(options.server, environment)
  signal.throwIfAborted()
  const { host, port, database } = options.server
  const place = { name: `${options.dialect} database "${database}" at ${host}:${port}`, secret: login.password }
  const opening = { postgresql: openPostgresql, mysql: openMysql, oracle: openOracle }[options.dialect]
  return { session: await opening(login, question), place }
}

async function loginOf(
  { tls, passwordSecret, ...server }: ServerOptions,
  environment: SourceEnvironment,
): Promise<Login> {
  const password = await environment.secret(passwordSecret)
  if (tls?.ca === undefined) return { ...server, password, tls: tls && { ca: undefined, verify: tls.verify } }
  const ca = await readAuthorities(tls.ca, environment, (wanted) =>
    optionsInvalid('sql', `its tls.ca must be ${wanted}`),
  )
  return { ...server, password, tls: { ca, verify: tls.verify } }
}
