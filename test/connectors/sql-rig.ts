import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import pg from 'pg'
import type { Source } from '../../connectors/source.ts'
import { sourceType } from '../../connectors/sources/sql/index.ts'
import type { JsonObject } from '../../core/model/json.ts'
import { createTestDatabase } from '../support/test-database.ts'
import { startMariaDb } from './mariadb.ts'
import type { MariaDb } from './mariadb.ts'
import { sourceEnvironment } from './read-source.ts'
import { freePort, quickFolder } from './server-process.ts'
import type { SilentServer } from './silent-server.ts'
import type { Person, SourceRig } from './source-rig.ts'

/** A database that a test fills, and sources that read it. */
export interface SqlRig {
  /** Runs statements as somebody who may do everything. */
  run(statement: string, values?: readonly unknown[]): Promise<void>
  source(query: string, options?: JsonObject): Source
  /** How many of these sources' connections there are. */
  connections(): Promise<number>
  /** Ends the connection, server or process that a source reads from, as `kill -9` does. */
  kill(): Promise<void>
  remove(): Promise<void>
  readonly contract: Pick<SourceRig, 'secrets'> & {
    /** Of the column for names. */
    readonly nameType: string
    /** How the parameter of this number is written, from 1. */
    readonly place: (number: number) => string
    /** What makes a name of a parameter that is bytes. */
    readonly name: (place: string) => string
    /** Fails once it is asked of the 2,000th person. */
    readonly broken: string
  }
}

const password = 'r3ader secret'

/** The PostgreSQL of the test run, with a database of its own. */
export async function postgresqlRig(): Promise<SqlRig> {
  const database = await createTestDatabase()
  const admin = new pg.Client(database.url)
  await admin.connect()
  const { hostname, port, username, pathname, password: own } = new URL(database.url)
  const server = { host: hostname, port: Number(port), user: decodeURIComponent(username), database: pathname.slice(1) }
  const ours = `from pg_stat_activity where datname = current_database() and application_name = 'guildhall'`
  return {
    async run(statement, values = []) {
      await admin.query(statement, [...values])
    },
    source: (query, options = {}) =>
      sourceType.create(
        { dialect: 'postgresql', ...server, password: { secret: 'password' }, query, ...options },
        sourceEnvironment({ secret: (name) => Promise.resolve(name === 'wrong' ? password : decodeURIComponent(own)) }),
      ),
    async connections() {
      const { rows } = await admin.query<{ count: number }>(`select count(*)::int as count ${ours}`)
      return rows[0]?.count ?? 0
    },
    async kill() {
      await admin.query(`select pg_terminate_backend(pid) ${ours}`)
    },
    async remove() {
      await admin.end()
      await database.drop()
    },
    contract: {
      secrets: [password],
      nameType: 'bytea',
      place: (number) => `$${number}`,
      name: (place) => place,
      broken: '1 / (id - 2000)',
    },
  }
}

/** A MariaDB of its own. */
export async function mariaDbRig(): Promise<SqlRig & { readonly server: MariaDb }> {
  const server = await startMariaDb()
  await server.run(`create user reader@'127.0.0.1' identified by '${password}'`)
  await server.run(`grant select, execute on people.* to reader@'127.0.0.1'`)
  const login = { host: '127.0.0.1', port: server.port, user: 'reader', database: 'people' }
  return {
    server,
    async run(statement, values = []) {
      await server.run(statement, values)
    },
    source: (query, options = {}) =>
      sourceType.create(
        { dialect: 'mysql', ...login, password: { secret: 'password' }, query, ...options },
        sourceEnvironment({
          secret: (name) => Promise.resolve(name === 'wrong' ? `not ${password}` : password),
          configFile: () => Promise.resolve(Buffer.from(server.ca)),
        }),
      ),
    async connections() {
      const rows = await server.run(`select id from information_schema.processlist where user = 'reader'`)
      return Array.isArray(rows) ? rows.length : 0
    },
    async kill() {
      await server.kill()
      await server.start()
    },
    remove: () => server.remove(),
    contract: {
      secrets: [password],
      nameType: 'longblob',
      place: () => '?',
      name: (place) => place,
      broken: 'case when id = 2000 then (select login from people) end',
    },
  }
}

/** A SQLite file of its own. */
export async function sqliteRig(): Promise<SqlRig & { readonly folder: string }> {
  const folder = await quickFolder('sqlite-')
  const database = new DatabaseSync(join(folder, 'people.db'), { timeout: 10_000 })
  return {
    folder,
    run(statement, values = []) {
      database.prepare(statement).run(...values)
      return Promise.resolve()
    },
    source: (query, options = {}) =>
      sourceType.create({ dialect: 'sqlite', path: 'people.db', query, ...options }, sourceEnvironment({ in: folder })),
    connections: () => Promise.resolve(readers().length),
    kill() {
      for (const pid of readers()) process.kill(Number(pid), 'SIGKILL')
      return Promise.resolve()
    },
    async remove() {
      database.close()
      await rm(folder, { recursive: true, force: true })
    },
    contract: {
      secrets: [],
      nameType: 'text',
      place: () => '?',
      name: (place) => `cast(${place} as text)`,
      broken: 'case when id = 2000 then abs(-9223372036854775807 - (id > 0)) end',
    },
  }
}

/** What the contract of sources asks of a rig, by a table of people. */
export function contractRig(sql: SqlRig, silent: SilentServer): SourceRig {
  const { nameType, place, name, broken, secrets } = sql.contract
  const insert = async (people: readonly Person[], from: number): Promise<void> => {
    const rows = people.map((_, row) => {
      const [id = '', login = '', bytes = '', team = ''] = [1, 2, 3, 4].map((column) => place(row * 4 + column))
      return `(${id}, ${login}, ${name(bytes)}, ${team})`
    })
    const values = people.flatMap((person, row) => [
      from + row,
      person['login'],
      Buffer.from(person['name'] ?? ''),
      person['team'],
    ])
    await sql.run(`insert into people values ${rows.join(', ')}`, values)
  }
  const fill = async (people: readonly Person[]): Promise<void> => {
    await sql.run('drop table if exists people')
    await sql.run(`create table people (id integer, login varchar(100), name ${nameType}, team varchar(100))`)
    for (let from = 0; from < people.length; from += 500) await insert(people.slice(from, from + 500), from)
  }
  const query = 'select login, name, team from people'
  return {
    async serve(people) {
      await fill(people)
      return sql.source(query)
    },
    async serveBroken(people) {
      await fill(people)
      return sql.source(`select login, ${broken} as broken from people order by id`)
    },
    unreachable: async () =>
      secrets.length === 0 ? sql.source(query, { path: 'absent.db' }) : sql.source(query, { port: await freePort() }),
    stuck: () => Promise.resolve(sql.source(query, { port: silent.port })),
    refused: () => Promise.resolve(sql.source(query, { password: { secret: 'wrong' } })),
    open: async () => (await sql.connections()) + silent.connections(),
    holds: ['nul', 'not-utf8', 'too-long'],
    secrets,
  }
}

/** The processes of ours that read a SQLite file. */
function readers(): string[] {
  const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim().split(' ')
  return children.filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('sqlite-main')
    } catch {
      return false
    }
  })
}
