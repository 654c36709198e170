import { setImmediate } from 'node:timers/promises'
import type { LdapConnection } from '../../ldap/connection.ts'
import { dnKey } from '../../ldap/dn.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import type { Unreadable } from '../../source-records.ts'
import type { Field, LdapEntry } from './entry.ts'
import type { GroupOptions } from './options.ts'
import { readPages } from './pages.ts'
import type { Paging } from './pages.ts'

/** Of all groups together; what is kept of one takes some 20 bytes, and of each person in any group some 200. */
const mostMemberships = 5_000_000

/** A group may have very many members, all of which come at once. */
const groupsAtOnce = 10

/** The names of somebody's groups in order, or why they cannot be told: by nothing that is no text is anybody found in a group. */
export type GroupNames = readonly string[] | Unreadable

/** Tells the groups that a person is in. */
export type GroupsOfPerson = (person: LdapEntry) => GroupNames

/** Reads who is in which group; of the groups only their names and members are kept, each person once. */
export async function readGroups(
  connection: LdapConnection,
  options: GroupOptions,
  paging: Paging,
): Promise<GroupsOfPerson> {
  const { baseDn: base, filter, name, member } = options
  const byUid = member === 'memberUid'
  const memberships = new Memberships()
  const search = { base, scope: 'sub', filter, attributes: [name, member] } as const
  const few = { ...paging, pageSize: Math.min(paging.pageSize, groupsAtOnce) }
  for await (const groups of readPages(connection, search, few))
    for (const group of groups) {
      const members = readable(group, member)
      memberships.add(readable(group, name)[0] ?? missing(group, name), byUid ? members : await keysOf(members))
    }
  return (person) => {
    const { values, unreadable } = byUid
      ? (person.fields.get('uid') ?? nothing)
      : { ...person, values: [dnKey(person.dn)] }
    return unreadable === undefined ? memberships.of(values) : { unreadable }
  }
}

const nothing: Pick<Field, 'unreadable' | 'values'> = { values: [] }

/** The names by which people are found, made a few at a time: what else this process does goes on meanwhile. */
async function keysOf(names: readonly string[]): Promise<readonly string[]> {
  const keys: string[] = []
  for (const name of names) {
    keys.push(dnKey(name))
    if (keys.length % keysAtOnce === 0) await setImmediate()
  }
  return keys
}

const keysAtOnce = 10_000

/** What a group says of itself; one that cannot be read would take people out of it without a word. */
function readable(group: LdapEntry, attribute: string): readonly string[] {
  const field = group.fields.get(attribute.toLowerCase())
  if (field?.unreadable === undefined) return field?.values ?? []
  throw new LdapFailure(
    'wrong',
    `${attribute} of the group ${JSON.stringify(group.dn)} is unreadable (${field.unreadable})`,
  )
}

function missing(group: LdapEntry, attribute: string): never {
  throw new LdapFailure(
    'wrong',
    `the group ${JSON.stringify(group.dn)} has no ${attribute}, by which it would be named`,
  )
}

/** Sets of groups, made one from the other by one group more, so that people with the same groups share theirs. */
class Memberships {
  readonly #sets = new Map<string, number>()
  readonly #smaller: number[] = []
  readonly #added: string[] = []
  #count = 0

  add(group: string, members: readonly string[]): void {
    this.#count += members.length
    if (this.#count > mostMemberships)
      throw new LdapFailure(
        'refused',
        `its groups have more than ${mostMemberships} members together; choose fewer by groupsFrom.filter, or use an attribute such as memberOf`,
      )
    const larger = new Map<number, number>()
    for (const member of new Set(members)) {
      const set = this.#sets.get(member) ?? -1
      const known = larger.get(set) ?? this.#make(set, group)
      larger.set(set, known)
      this.#sets.set(member, known)
    }
  }

  of(keys: readonly string[]): readonly string[] {
    const names = new Set<string>()
    for (const key of keys)
      for (let set = this.#sets.get(key) ?? -1; set >= 0; set = this.#smaller[set] ?? -1)
        names.add(this.#added[set] ?? '')
    return [...names].sort()
  }

  #make(set: number, group: string): number {
    this.#smaller.push(set)
    return this.#added.push(group) - 1
  }
}
