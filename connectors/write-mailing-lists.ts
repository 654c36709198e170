import { isOneLine } from '../core/model/one-line.ts'
import type { Account, GeneratorInput, Output } from './generator.ts'
import { createLeftOut } from './left-out.ts'
import { readAddress } from './mail-addresses.ts'
import { fileOfList, isMade, readLists, type ListFormat, type MailingList, type WantedList } from './mailing-lists.ts'
import { isActive, personOf } from './unix-accounts.ts'

/** Attributes that every list is made of. */
export const listAttributes: readonly string[] = [
  ...['resource.mailingListName', 'group.mailingListName', 'user.email', 'user.displayName'],
  ...['member-resource.optOutMailingList', 'member-group.optOutMailingList'],
]

/** Somebody whom a resource or group brings; `holder` is an index into the resources, then the groups. */
interface Brought {
  readonly holder: number
  readonly account: Account
}

/**
 * Writes `mailinglists/<list>` for every list that a resource or group wants, also where nobody is on it. Nobody is on a list twice, by
 * the address; people come in the order of resources, groups and first identities.
 */
export async function* writeMailingLists<Settings>(
  input: GeneratorInput,
  format: ListFormat<Settings>,
): AsyncIterable<Output> {
  const lists = readLists(input, format)
  yield* writeHeads(lists, format)
  const write = createWriter(lists, format)
  const ofResources = input.resources.length
  if (lists.slice(0, ofResources).some((list) => list !== undefined)) {
    for await (const members of input.members())
      yield* write(members.map(({ resource, account }) => ({ holder: resource, account })))
  }
  if (lists.slice(ofResources).some((list) => list !== undefined)) {
    for await (const members of input.groupMembers())
      yield* write(members.map(({ group, account }) => ({ holder: ofResources + group, account })))
  }
}

function* writeHeads<Settings>(lists: readonly WantedList<Settings>[], format: ListFormat<Settings>): Iterable<Output> {
  const distinct = new Map(lists.filter((list) => isMade(list)).map((list) => [list.name, list]))
  for (const list of distinct.values()) {
    for (const ending of format.endingsOf(list.settings))
      yield { kind: 'text', file: fileOfList(list, ending), text: format.headOf(list.settings) }
  }
}

/** Writes a batch of people to the files of their lists. */
function createWriter<Settings>(
  lists: readonly WantedList<Settings>[],
  format: ListFormat<Settings>,
): (batch: readonly Brought[]) => Iterable<Output> {
  const leaveOut = createLeftOut()
  const enter = createRegister(lists)
  return function* write(batch) {
    const texts = new Map<string, string>()
    for (const brought of batch) {
      const list = lists[brought.holder]
      if (list === undefined || !isActive(brought.account) || hasOptedOut(brought.account)) continue
      const placed = isMade(list) ? lineOn(list, { brought, format, enter }) : list
      if (placed === undefined) continue
      if ('reason' in placed) yield* leaveOut(brought.account, placed.reason)
      else texts.set(placed.file, (texts.get(placed.file) ?? '') + placed.line)
    }
    for (const [file, text] of texts) yield { kind: 'text', file, text }
  }
}

interface Placing<Settings> {
  readonly brought: Brought
  readonly format: ListFormat<Settings>
  readonly enter: ReturnType<typeof createRegister>
}

/** Somebody's line, or why there is none; undefined where it is there already. */
function lineOn<Settings>(
  list: MailingList<Settings>,
  { brought: { holder, account }, format, enter }: Placing<Settings>,
): { readonly file: string; readonly line: string } | { readonly reason: string } | undefined {
  const read = readSubscriber(account)
  if ('reason' in read) return read
  const user = personOf(account)
  const owner = enter({ holder, list: list.name, address: read.address, user })
  if (owner === user) return undefined
  if (owner !== undefined) return { reason: `user.email is on list ${list.name} for ${owner} already` }
  return { file: fileOfList(list, format.endingFor(list.settings, account)), line: format.lineOf(read) }
}

function readSubscriber(
  account: Account,
): { readonly address: string; readonly name: string } | { readonly reason: string } {
  const read = readAddress(account)
  if ('reason' in read) return read
  const name = account.attributes['user.displayName'] ?? ''
  // Text that looks as if it were encoded would be read as what it hides.
  if (typeof name !== 'string' || !isOneLine(name) || name.includes('=?')) {
    return { reason: 'user.displayName holds a control character, a direction mark or an encoded word' }
  }
  return { address: read.address, name: name.trim() }
}

/** `true`, or any text: the attribute is one to write something into in other systems. */
function hasOptedOut({ attributes }: Account): boolean {
  return ['member-resource', 'member-group'].some((holder) => {
    const value = attributes[`${holder}.optOutMailingList`]
    return value === true || (typeof value === 'string' && value !== '')
  })
}

interface Entry {
  readonly holder: number
  readonly list: string
  readonly address: string
  readonly user: string
}

/** Knows who is on the lists: gives whose the address is there already. A list is forgotten after the last one who brings people to it. */
function createRegister(lists: readonly WantedList<unknown>[]): (entry: Entry) => string | undefined {
  const lastHolder = new Map(lists.flatMap((list, holder) => (isMade(list) ? [[list.name, holder] as const] : [])))
  const usersOf = new Map<string, Map<string, string>>()
  let open = 0
  return ({ holder, list, address, user }) => {
    if (holder !== open) {
      for (const name of usersOf.keys()) if ((lastHolder.get(name) ?? 0) < holder) usersOf.delete(name)
      open = holder
    }
    const users = usersOf.get(list) ?? new Map<string, string>()
    usersOf.set(list, users)
    const key = address.toLowerCase()
    const owner = users.get(key)
    if (owner === undefined) users.set(key, user)
    return owner
  }
}
