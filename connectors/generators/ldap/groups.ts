import type { Account, GeneratorInput, GroupView } from '../../generator.ts'
import { escapeDnValue } from '../../ldap/escape.ts'
import { foldValue } from '../../ldap/fold.ts'
import { ldifEntry } from '../../ldap/ldif.ts'
import { membersByGroup } from '../../members-by-group.ts'
import { isActive, personOf } from '../../unix-accounts.ts'
import { readUnixGroups } from '../../unix-groups.ts'
import type { Layout } from './layout.ts'

/** A group as an entry without its members. */
interface Head {
  readonly name: string
  readonly values: readonly (readonly [ldap: string, value: string])[]
}

/** A group, why it is not there, or undefined for one that is not meant to be. */
type Group = Head | { readonly reason: string } | undefined

/** An entry of a group, or somebody whom a group that cannot be there leaves out. */
type Made = { readonly entry: string } | { readonly account: Account; readonly reason: string }

interface Tree {
  readonly layout: Layout
  /** What groups call people, by their first identity. */
  readonly members: ReadonlyMap<string, string>
}

/** Makes the entries of groups, in their order. */
export async function* groupEntries(input: GeneratorInput, { layout, members }: Tree): AsyncIterable<Made> {
  const isUnix = layout.groupClass === 'posixGroup'
  const heads = refuseTwins(isUnix ? posixGroups(input.groups) : input.groups.map(groupOfNames))
  const refused: Made[] = []
  const pick = (account: Account, group: number): string | undefined => {
    const head = heads[group]
    if (head === undefined || !isActive(account)) return undefined
    if (!('reason' in head)) return members.get(personOf(account))
    refused.push({ account, reason: head.reason })
    return undefined
  }
  for await (const { group, members: found } of membersByGroup(input, pick)) {
    yield* refused.splice(0)
    const head = heads[group]
    if (head === undefined || 'reason' in head) continue
    // The schema has no group of names without a name.
    if (found.length === 0 && !isUnix) continue
    const values = found.map((member) => [isUnix ? 'memberUid' : 'member', member] as const)
    yield { entry: ldifEntry(`cn=${escapeDnValue(head.name)},${layout.groups.dn}`, [...head.values, ...values]) }
  }
}

/** Those that have a name and number on Unix. */
function posixGroups(groups: readonly GroupView[]): readonly Group[] {
  return readUnixGroups(groups).map((group, index) => {
    if (group === undefined || 'reason' in group) return group
    const { vo = '', name = '' } = groups[index] ?? {}
    const more = [['gidNumber', `${group.gid}`] as const, ['description', `${vo}:${name}`] as const]
    return { name: group.name, values: [...valuesOf('posixGroup', group.name), ...more] }
  })
}

function groupOfNames({ vo, name }: GroupView): Head {
  return { name: `${vo}:${name}`, values: valuesOf('groupOfNames', `${vo}:${name}`) }
}

function valuesOf(objectClass: string, name: string): Head['values'] {
  return [
    ['objectClass', 'top'],
    ['objectClass', objectClass],
    ['cn', name],
  ]
}

/** A directory takes `Team` and `team` for one. */
function refuseTwins(groups: readonly Group[]): readonly Group[] {
  const uses = new Map<string, number>()
  for (const name of groups.flatMap(nameOf)) uses.set(name, (uses.get(name) ?? 0) + 1)
  return groups.map((group) => {
    const isTwin = nameOf(group).some((name) => (uses.get(name) ?? 0) > 1)
    return isTwin ? { reason: `group ${nameOf(group).join()}: a directory takes two groups here for one` } : group
  })
}

function nameOf(group: Group): readonly string[] {
  return group === undefined || 'reason' in group ? [] : [foldValue(group.name)]
}
