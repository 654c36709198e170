import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Slapd } from '../../connectors/slapd.ts'

/** A unit of the directory with people and groups of its own, and a VO that is filled from it. */
export interface Unit {
  readonly name: string
  /** The groups of each person, by uid. */
  readonly people: Map<string, ReadonlySet<number>>
}

const groups = Array.from({ length: 500 }, (_, index) => index)

/** So many people, each in two groups. */
export function unitOf(name: string, count: number): Unit {
  const people = Array.from({ length: count }, (_, index) => [
    uidOf(index),
    new Set([index % 500, (index * 7 + 3) % 500]),
  ])
  return { name, people: new Map(people as [string, Set<number>][]) }
}

/** A uid of six digits. */
export function uidOf(index: number): string {
  return `p${String(index).padStart(6, '0')}`
}

/** The entry of a person, in LDIF. */
export function personLdif(unit: Unit, uid: string, add = ''): string {
  return `dn: ${personDn(unit, uid)}\n${add}objectClass: inetOrgPerson\nuid: ${uid}\ncn: Person ${uid}\nsn: ${uid}\nmail: ${uid}@example.org\n\n`
}

export function personDn({ name }: Unit, uid: string): string {
  return `uid=${uid},ou=people,ou=${name},dc=example,dc=org`
}

export function groupDn({ name }: Unit, group: number): string {
  return `cn=t${group},ou=groups,ou=${name},dc=example,dc=org`
}

/** The whole unit, in LDIF. */
export function* unitLdif(unit: Unit): Generator<string> {
  for (const name of [`ou=${unit.name}`, `ou=people,ou=${unit.name}`, `ou=groups,ou=${unit.name}`])
    yield `dn: ${name},dc=example,dc=org\nobjectClass: organizationalUnit\n\n`
  const members = new Map(groups.map((group) => [group, [`member: cn=nobody\n`]]))
  for (const [uid, own] of unit.people) {
    yield personLdif(unit, uid)
    for (const group of own) members.get(group)?.push(`member: ${personDn(unit, uid)}\n`)
  }
  for (const [group, lines] of members)
    yield `dn: ${groupDn(unit, group)}\nobjectClass: groupOfNames\ncn: t${group}\n${lines.join('')}\n`
}

/** Who is in what by the directory: `group uid`, sorted. */
export function expectedRows({ people }: Unit): string[] {
  return [...people].flatMap(([uid, own]) => [...own].map((group) => `t${group} ${uid}`)).sort()
}

/** Writes a configuration with a VO for each unit, whose groups `teams:t0` … one read fills. */
export function writeVos(folder: string, slapd: Slapd, units: readonly Unit[]): void {
  mkdirSync(folder, { recursive: true })
  const document = (kind: string, metadata: object, spec: object): string =>
    `---\n${JSON.stringify({ apiVersion: 'guildhall/v1', kind, metadata, spec })}\n`
  const texts = units.flatMap(({ name }) => [
    document('Source', { name }, { type: 'ldap', loa: 2, vos: [name], options: optionsOf(slapd, name) }),
    document('VO', { name }, { sync: { source: name, every: 'PT1H', groups: { base: 'teams', path: '${groups}' } } }),
    document('Group', { vo: name, name: 'teams' }, {}),
    ...groups.map((group) => document('Group', { vo: name, name: `teams:t${group}` }, {})),
  ])
  const instance = document('Instance', { name: 'example' }, { admins: [{ user: 'declared/root' }] })
  const declared = document('Source', { name: 'declared' }, { type: 'declared', loa: 1 })
  writeFileSync(join(folder, 'all.yaml'), [instance, declared, ...texts].join(''))
}

function optionsOf({ url, reader }: Slapd, unit: string): object {
  const below = `ou=${unit},dc=example,dc=org`
  return {
    url,
    bindDn: reader.dn,
    password: { secret: 'bind' },
    baseDn: `ou=people,${below}`,
    attributes: ['uid', 'cn', 'mail'],
    groupsFrom: { baseDn: `ou=groups,${below}` },
  }
}
