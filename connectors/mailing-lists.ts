import { isEqual } from '../core/model/equal.ts'
import { groupBy } from '../core/model/group-by.ts'
import type { JsonValue } from '../core/model/json.ts'
import type { Account, GeneratorInput, GroupView } from './generator.ts'

/** A name that mail programs and file systems take as it is, with its domain where it has one. */
const namePattern = /^[a-z0-9][a-z0-9_-]*(\.[a-z0-9_-]+)*(@[a-z0-9][a-z0-9-]*(\.[a-z0-9][a-z0-9-]*)+)?$/
const longestName = 90
/** Further addresses that the programs make of a list's name, and addresses of the programs themselves. */
const reservedNames = [
  /-(admin|bounces|confirm|editor|join|leave|owner|request|subscribe|unsubscribe)(@|$)/,
  /^(abuse|listmaster|mailer-daemon|mailman|postmaster|root|sympa)(@|$)/,
]

/** What lists have beside their names, and how their files look. */
export interface ListFormat<Settings> {
  /** By the values of a resource or group (`mailingListManagerMail`); or why the list cannot be made. */
  readonly settingsOf: (valueOf: (name: string) => JsonValue | undefined) => Reason | { readonly settings: Settings }
  /** What the names of a list's files end with. */
  readonly endingsOf: (settings: Settings) => readonly string[]
  /** What the name of the file ends with that somebody is in. */
  readonly endingFor: (settings: Settings, account: Account) => string
  /** The beginning of each file. */
  readonly headOf: (settings: Settings) => string
  readonly lineOf: (subscriber: { readonly address: string; readonly name: string }) => string
}

interface Reason {
  readonly reason: string
}

/** A list that can be made. */
export interface MailingList<Settings> {
  readonly name: string
  readonly settings: Settings
}

/** What a resource or group wants of lists: one, one that cannot be made, or nothing. */
export type WantedList<Settings> = MailingList<Settings> | Reason | undefined

/** Tells whether a list is wanted that can be made. */
export function isMade<Settings>(list: WantedList<Settings>): list is MailingList<Settings> {
  return list !== undefined && 'name' in list
}

/** The file of a list; the ending belongs to the name, not to its domain. */
export function fileOfList({ name }: { readonly name: string }, ending: string): string {
  return `mailinglists/${name.replace(/(?=@|$)/, ending)}`
}

/**
 * Reads what the resources want of lists, then the groups, each in their order (`resource.mailingListName`, `group.mailingListName`).
 * Several may want one list, if they want it alike.
 */
export function readLists<Settings>(
  { resources, groups }: Pick<GeneratorInput, 'resources' | 'groups'>,
  format: ListFormat<Settings>,
): readonly WantedList<Settings>[] {
  const wanted = [
    ...resources.map((resource) => readList('resource', resource, format)),
    ...groups.map((group) => readList('group', group, format)),
  ]
  return refuseClashes(refuseUnlike(wanted), format)
}

function refuseUnlike<Settings>(wanted: readonly WantedList<Settings>[]): readonly WantedList<Settings>[] {
  const byName = groupBy(
    wanted.filter((list) => isMade(list)),
    ({ name }) => name,
  )
  return wanted.map((list) => {
    if (!isMade(list)) return list
    const isAlike = byName.get(list.name)?.every(({ settings }) => isEqual(settings, list.settings))
    return isAlike === true ? list : { reason: `mailing list ${list.name} is wanted with unlike settings` }
  })
}

/** Of two lists that would have one file, neither is made: the members of one would be on the other. */
function refuseClashes<Settings>(
  wanted: readonly WantedList<Settings>[],
  { endingsOf }: ListFormat<Settings>,
): readonly WantedList<Settings>[] {
  const filesOf = (list: MailingList<Settings>): string[] =>
    endingsOf(list.settings).map((ending) => fileOfList(list, ending))
  const made = wanted.filter((list) => isMade(list))
  const names = groupBy(
    made.flatMap((list) => filesOf(list).map((file) => ({ file, name: list.name }))),
    ({ file }) => file,
  )
  return wanted.map((list) => {
    if (!isMade(list)) return list
    const others = filesOf(list).flatMap((file) => names.get(file) ?? [])
    const other = others.find(({ name }) => name !== list.name)
    if (other === undefined) return list
    return { reason: `mailing lists ${[list.name, other.name].sort().join(' and ')} would have the same file` }
  })
}

function readList<Settings>(
  what: 'resource' | 'group',
  holder: GroupView,
  { settingsOf }: ListFormat<Settings>,
): WantedList<Settings> {
  const valueOf = (name: string): JsonValue | undefined => holder.attributes[`${what}.${name}`] ?? undefined
  const of = `${what} ${holder.vo}/${holder.name}`
  const name = valueOf('mailingListName')
  if (name === undefined) return undefined
  if (typeof name !== 'string' || !isListName(name.toLowerCase()))
    return { reason: `${of}: ${what}.mailingListName is not a safe name of a list` }
  const read = settingsOf(valueOf)
  if ('reason' in read) return { reason: `${of}: ${what}.${read.reason}` }
  return { name: name.toLowerCase(), settings: read.settings }
}

function isListName(name: string): boolean {
  return name.length <= longestName && namePattern.test(name) && !reservedNames.some((pattern) => pattern.test(name))
}
