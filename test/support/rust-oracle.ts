import { readFileSync } from 'node:fs'

/** What a reading of the four files by hand gives; nothing of Guildhall takes part. */
export interface RustExpectation {
  /** Login lists by team name (not path): its own rows. */
  readonly direct: ReadonlyMap<string, ReadonlySet<string>>
  /** Login lists by team name: its own rows and those of every team below it. */
  readonly effective: ReadonlyMap<string, ReadonlySet<string>>
  /** Logins by `org/repo/permission`. */
  readonly access: ReadonlyMap<string, ReadonlySet<string>>
  /** Logins by org: with access to anything there. */
  readonly facilities: ReadonlyMap<string, ReadonlySet<string>>
}

/** The numbers that the real input must give; rust-oracle.test.ts counts them in the files. */
export const rustNumbers = {
  people: 666,
  groups: 165,
  direct: 987,
  effective: 1409,
  resources: 217,
  access: 6457,
  facilities: { 'rust-analyzer': 15, 'rust-dev-tools': 52, 'rust-lang': 281, 'rust-lang-nursery': 76 },
} as const

/** Reads test/data/rust-team: nesting by `parent` only, leads as memberships.csv has them. */
export function rustExpectation(): RustExpectation {
  const parents = readParents()
  const direct = new Map([...parents.keys()].map((name) => [name, new Set<string>()]))
  for (const [team = '', login = ''] of rows('memberships.csv')) direct.get(team)?.add(login)
  const withBelow = (name: string): Set<string> => {
    const below = [...parents.keys()].filter((team) => parents.get(team) === name)
    return new Set([...(direct.get(name) ?? []), ...below.flatMap((team) => [...withBelow(team)])])
  }
  const effective = new Map([...parents.keys()].map((name) => [name, withBelow(name)]))
  return { direct, effective, ...reach(effective) }
}

function reach(effective: RustExpectation['effective']): Pick<RustExpectation, 'access' | 'facilities'> {
  const access = new Map<string, Set<string>>()
  const facilities = new Map<string, Set<string>>()
  for (const [org = '', repo = '', team = '', permission = ''] of rows('repo-access.csv')) {
    const logins = effective.get(team) ?? new Set()
    put(facilities, { key: org, logins })
    put(access, { key: `${org}/${repo}/${permission}`, logins })
  }
  return { access, facilities }
}

function readParents(): Map<string, string | undefined> {
  const teams: unknown = JSON.parse(read('teams.json'))
  if (!Array.isArray(teams)) throw new Error('expected a list of teams')
  return new Map(teams.map((team: object) => [String(Reflect.get(team, 'name')), parentIn(team)]))
}

function parentIn(team: object): string | undefined {
  const parent: unknown = Reflect.get(team, 'parent')
  return typeof parent === 'string' ? parent : undefined
}

/** Adds up the sizes of sets. */
export function total(sets: ReadonlyMap<string, ReadonlySet<string>>): number {
  return [...sets.values()].reduce((sum, set) => sum + set.size, 0)
}

function read(file: string): string {
  return readFileSync(new URL(`../data/rust-team/${file}`, import.meta.url), 'utf8')
}

function rows(file: string): string[][] {
  const lines = read(file).trimEnd().split(/\r?\n/).slice(1)
  return lines.map((line) => line.split(','))
}

function put(sets: Map<string, Set<string>>, { key, logins }: { key: string; logins: ReadonlySet<string> }): void {
  sets.set(key, new Set([...(sets.get(key) ?? []), ...logins]))
}
