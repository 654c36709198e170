import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** One row of people.csv. */
interface RustPerson {
  readonly login: string
  readonly displayName: string
  readonly email: string
}

/** What is used of one entry of teams.json. */
export interface RustTeam {
  readonly name: string
  readonly kind: string
  readonly parent: string | undefined
  readonly leads: readonly string[]
}

/** One row of memberships.csv; leads have a row of their own. */
interface RustMembership {
  readonly team: string
  readonly login: string
}

/** One row of repo-access.csv. */
export interface RustAccess {
  readonly org: string
  readonly repo: string
  readonly team: string
  readonly permission: string
}

/** The four files as data. */
export interface RustData {
  readonly people: readonly RustPerson[]
  readonly teams: readonly RustTeam[]
  readonly memberships: readonly RustMembership[]
  readonly access: readonly RustAccess[]
}

/** Reads the folder of test/data/rust-team. */
export async function readRustData(folder: string): Promise<RustData> {
  const text = (file: string) => readFile(join(folder, file), 'utf8')
  return {
    people: rowsOf(await text('people.csv'), (field) => ({
      login: field('login'),
      displayName: field('displayName'),
      email: field('email'),
    })),
    teams: teamsOf(await text('teams.json')),
    memberships: rowsOf(await text('memberships.csv'), (field) => ({ team: field('team'), login: field('login') })),
    access: rowsOf(await text('repo-access.csv'), (field) => ({
      org: field('org'),
      repo: field('repo'),
      team: field('team'),
      permission: field('permission'),
    })),
  }
}

/** These files quote nothing; a quote would be a change of format and is refused. */
function rowsOf<T>(text: string, build: (field: (column: string) => string) => T): T[] {
  if (text.includes('"')) throw new Error('expected CSV without quotes')
  const [header = '', ...lines] = text.trimEnd().split(/\r?\n/)
  const columns = header.split(',')
  return lines.map((line) => {
    const cells = line.split(',')
    return build((column) => {
      const cell = cells[columns.indexOf(column)]
      if (cell === undefined || cells.length !== columns.length) throw new Error(`expected ${header}, got ${line}`)
      return cell
    })
  })
}

function teamsOf(text: string): RustTeam[] {
  const parsed: unknown = JSON.parse(text)
  if (!Array.isArray(parsed)) throw new Error('teams.json: expected a list')
  return parsed.map((team: unknown) => ({
    name: textIn(team, 'name'),
    kind: textIn(team, 'kind'),
    parent: fieldOf(team, 'parent') === null ? undefined : textIn(team, 'parent'),
    leads: namesIn(team, 'leads'),
  }))
}

function fieldOf(holder: unknown, key: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, key) : undefined
}

function textIn(holder: unknown, key: string): string {
  const value = fieldOf(holder, key)
  if (typeof value !== 'string') throw new Error(`teams.json: expected text under "${key}"`)
  return value
}

function namesIn(holder: unknown, key: string): string[] {
  const value = fieldOf(holder, key)
  if (!Array.isArray(value)) throw new Error(`teams.json: expected a list under "${key}"`)
  return value.map((name: unknown) => {
    if (typeof name !== 'string') throw new Error(`teams.json: expected names under "${key}"`)
    return name
  })
}
