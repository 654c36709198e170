import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import type { JsonObject } from '../../../core/model/json.ts'
import { answerJson, startWebServer } from '../../connectors/https-server.ts'
import { startMariaDb } from '../../connectors/mariadb.ts'
import { startSlapd } from '../../connectors/slapd.ts'
import { createTestDatabase } from '../../support/test-database.ts'

/** Somebody whom each of the systems names. */
export interface Named {
  readonly login: string
  readonly name: string
  readonly mail: string
  readonly team: string
}

/** A system that holds these people, as a source reads it. */
export interface NamingSystem {
  readonly type: string
  readonly options: JsonObject
  /** The fields that a login, a name, an address and a team come in. */
  readonly fields: Readonly<Record<keyof Named, string>>
  readonly secret: string
  stop(): Promise<void>
}

/** Makes such a system of these people; files lie in the folder. */
type Start = (people: readonly Named[], folder: string) => Promise<NamingSystem>

const columns = ['login', 'name', 'mail', 'team'] as const
const asTold = { login: 'login', name: 'name', mail: 'mail', team: 'team' }
const nothing = { secret: '', stop: () => Promise.resolve() }
const query = 'select login, name, mail, team from people'

function inFile(type: string, options: JsonObject, text: (people: readonly Named[]) => string): Start {
  return (people, folder) => {
    writeFileSync(join(folder, `people.${type}`), text(people))
    return Promise.resolve({ ...nothing, type, options: { path: `people.${type}`, ...options }, fields: asTold })
  }
}

const csv = inFile('csv', {}, (people) => {
  const line = (cells: readonly string[]): string => cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(',')
  return [columns.join(','), ...people.map((person) => line(columns.map((column) => person[column]))), ''].join('\n')
})

const json = inFile('json', {}, (people) => JSON.stringify(people))

const xmlFields = { login: '@login', name: 'name', mail: 'mail', team: 'team' }
const xml = inFile('xml', { record: '/people/person', fields: xmlFields }, (people) => {
  const escaped = (text: string): string =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
  const element = ({ login, name, mail, team }: Named): string =>
    `<person login="${escaped(login)}"><name>${escaped(name)}</name><mail>${mail}</mail><team>${team}</team></person>`
  return `<people>${people.map(element).join('\n')}</people>`
})

const ldap: Start = async (people) => {
  const slapd = await startSlapd()
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  const entry = ({ login, name, mail, team }: Named): string =>
    [
      ...[`dn: uid=${login},${slapd.baseDn}`, 'objectClass: inetOrgPerson', `uid: ${login}`, 'sn: -'],
      ...[`cn:: ${base64(name)}`, `mail: ${mail}`, `departmentNumber: ${team}`, '', ''],
    ].join('\n')
  await slapd.load(people.map(entry))
  const { url, baseDn, reader } = slapd
  return {
    type: 'ldap',
    options: { url, baseDn, bindDn: reader.dn, password: { secret: 'own' }, filter: '(objectClass=inetOrgPerson)' },
    fields: { login: 'uid', name: 'cn', mail: 'mail', team: 'departmentNumber' },
    secret: reader.password,
    stop: () => slapd.remove(),
  }
}

async function fill(
  run: (statement: string, values: readonly string[]) => Promise<unknown>,
  people: readonly Named[],
  place: (number: number) => string,
): Promise<void> {
  await run('create table people (login varchar(50), name varchar(200), mail varchar(200), team varchar(50))', [])
  for (let from = 0; from < people.length; from += 1_000) {
    const some = people.slice(from, from + 1_000)
    const rows = some.map((_, row) => `(${columns.map((__, column) => place(row * 4 + column + 1)).join(', ')})`)
    const values = some.flatMap((person) => columns.map((column) => person[column]))
    await run(`insert into people values ${rows.join(', ')}`, values)
  }
}

const mariadb: Start = async (people) => {
  const server = await startMariaDb()
  await fill(
    (statement, values) => server.run(statement, values),
    people,
    () => '?',
  )
  const { port, admin } = server
  const login = { dialect: 'mysql', host: '127.0.0.1', port, database: 'people', user: admin.user }
  return {
    ...{ type: 'sql', options: { ...login, password: { secret: 'own' }, query }, fields: asTold },
    secret: admin.password,
    stop: () => server.remove(),
  }
}

const postgresql: Start = async (people) => {
  const database = await createTestDatabase()
  await fill(
    (statement, values) => database.pool.query(statement, [...values]),
    people,
    (number) => `$${number}`,
  )
  const { hostname, port, username, password, pathname } = new URL(database.url)
  const login = {
    dialect: 'postgresql',
    host: hostname,
    port: Number(port),
    database: pathname.slice(1),
    user: username,
  }
  return {
    ...{ type: 'sql', options: { ...login, password: { secret: 'own' }, query }, fields: asTold },
    secret: decodeURIComponent(password),
    stop: () => database.drop(),
  }
}

const sqlite: Start = async (people, folder) => {
  const database = new DatabaseSync(join(folder, 'people.db'))
  const run = (statement: string, values: readonly string[]): Promise<unknown> =>
    Promise.resolve(database.prepare(statement).run(...values))
  await fill(run, people, () => '?')
  database.close()
  return { ...nothing, type: 'sql', options: { dialect: 'sqlite', path: 'people.db', query }, fields: asTold }
}

const scim: Start = async (people) => {
  const resources = people.map(({ login, name, mail, team }) => ({
    ...{ id: login, userName: login, displayName: name, emails: [{ value: mail }], userType: team },
  }))
  const server = await startWebServer(({ path }, response) => {
    const { pathname, searchParams } = new URL(path, 'http://localhost')
    const startIndex = Number(searchParams.get('startIndex') ?? '1')
    const Resources = resources.slice(startIndex - 1, startIndex - 1 + Number(searchParams.get('count') ?? '100'))
    const users = { totalResults: people.length, startIndex, Resources }
    answerJson(response, pathname === '/Users' ? users : {})
  }, {})
  return {
    ...{ ...nothing, type: 'scim', options: { url: `http://127.0.0.1:${server.port}` }, stop: () => server.stop() },
    fields: { login: 'userName', name: 'displayName', mail: 'emails.value', team: 'userType' },
  }
}

const voot: Start = async (people) => {
  const groups = [...new Set(people.map(({ team }) => team))].map((id) => ({ id, displayName: id }))
  const server = await startWebServer(({ path }, response) => {
    const group = /^\/groups\/([^/?]+)\/members/.exec(path)?.[1]
    const members = people.filter(({ team }) => team === group)
    const shown = members.map(({ login, name, mail }) => ({ id: login, displayName: name, emails: [{ value: mail }] }))
    answerJson(response, group === undefined ? groups : shown)
  }, {})
  return {
    ...{ ...nothing, type: 'voot', options: { url: `http://127.0.0.1:${server.port}` }, stop: () => server.stop() },
    fields: { login: 'id', name: 'displayName', mail: 'emails.value', team: 'group.id' },
  }
}

/** Every way to say who there is. */
export const systems: Readonly<Record<string, Start>> = {
  csv,
  ldap,
  PostgreSQL: postgresql,
  MariaDB: mariadb,
  SQLite: sqlite,
  xml,
  json,
  voot,
  scim,
}
