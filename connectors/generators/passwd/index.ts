import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { isField } from '../../safe-text.ts'
import { inBatches } from '../../text-batches.ts'
import { isUnixId, personOf, readLogin } from '../../unix-accounts.ts'

const homePattern = /^(\/[A-Za-z0-9_][A-Za-z0-9._-]*)+$/
const shellPattern = /^(\/[A-Za-z0-9_][A-Za-z0-9._+-]*)+$/
const lockedShell = '/usr/sbin/nologin'
/** No password, which still lets keys in; `!` and expiry day 1 let nothing in. */
const openShadow = ':*:::::::\n'
const lockedShadow = ':!::::::1:\n'

/** Makes `passwd` and `shadow`; people who are expired or banned keep a line that lets nobody in. */
export const generator: Generator = {
  name: 'passwd',
  carriesStatus: true,
  requires: ['user.login', 'user-facility.uid'],
  uses: ['user-facility.gid', 'user-facility.shell', 'user.shell', 'user.displayName'],
  generate,
}

interface Options {
  readonly homeBase: string
  readonly defaultShell: string
}

interface Entry {
  readonly user: string
  readonly login: string
  readonly uid: number
  readonly gid: number
  readonly name: string
  readonly shell: string
  readonly isLocked: boolean
}

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const options = readOptions(input.options)
  const entries: Entry[] = []
  for await (const accounts of input.accounts()) {
    for (const account of accounts) {
      const entry = readEntry(account, options)
      if ('reason' in entry) yield { kind: 'left-out', user: personOf(account), reason: entry.reason }
      else entries.push(entry)
    }
  }
  entries.sort(byLogin)
  const twins = findTwins(entries)
  for (const [entry, reason] of twins) yield { kind: 'left-out', user: entry.user, reason }
  const kept = twins.size === 0 ? entries : entries.filter((entry) => !twins.has(entry))
  const passwdLine = ({ login, uid, gid, name, shell }: Entry) =>
    `${login}:x:${uid}:${gid}:${name}:${options.homeBase}/${login}:${shell}\n`
  yield* writeFile('passwd', kept, passwdLine)
  yield* writeFile('shadow', kept, ({ login, isLocked }) => login + (isLocked ? lockedShadow : openShadow))
}

function* writeFile(file: string, entries: readonly Entry[], line: (entry: Entry) => string): Iterable<Output> {
  yield { kind: 'text', file, text: '' }
  for (const text of inBatches(lines(entries, line))) yield { kind: 'text', file, text }
}

function* lines(entries: readonly Entry[], line: (entry: Entry) => string): Iterable<string> {
  for (const entry of entries) yield line(entry)
}

function readEntry(account: Account, options: Options): Entry | { readonly reason: string } {
  const { attributes } = account
  const login = readLogin(account)
  if ('reason' in login) return login
  const ids = readIds(attributes)
  if ('reason' in ids) return ids
  const name = attributes['user.displayName'] ?? ''
  if (typeof name !== 'string' || !isField(name)) {
    return { reason: 'user.displayName holds a colon, a control character or a direction mark' }
  }
  const isLocked = account.status !== 'VALID' || account.banned
  const shell = readShell(attributes, options.defaultShell)
  if (shell === undefined) return { reason: 'its shell is not an absolute path of plain characters' }
  const { uid, gid } = ids
  return {
    user: personOf(account),
    login: login.login,
    uid,
    gid,
    name,
    shell: isLocked ? lockedShell : shell,
    isLocked,
  }
}

function readIds(attributes: JsonObject): { readonly uid: number; readonly gid: number } | { readonly reason: string } {
  const uid = attributes['user-facility.uid']
  if (!isUnixId(uid)) return { reason: 'user-facility.uid is missing or not a free number from 1000 on' }
  const gid = attributes['user-facility.gid'] ?? uid
  if (!isUnixId(gid)) return { reason: 'user-facility.gid is not a free number from 1000 on' }
  return { uid, gid }
}

function readShell(attributes: JsonObject, defaultShell: string): string | undefined {
  const shell: JsonValue = attributes['user-facility.shell'] ?? attributes['user.shell'] ?? defaultShell
  return typeof shell === 'string' && shellPattern.test(shell) ? shell : undefined
}

function byLogin(one: Entry, other: Entry): number {
  if (one.login === other.login) return 0
  return one.login < other.login ? -1 : 1
}

/** Everybody who shares a login or uid is left out: no order of names may decide who gets whose files. */
function findTwins(entriesByLogin: readonly Entry[]): ReadonlyMap<Entry, string> {
  const entriesByUid = [...entriesByLogin].sort((one, other) => one.uid - other.uid)
  return new Map([...alike(entriesByUid, 'uid'), ...alike(entriesByLogin, 'login')])
}

/** Of sorted entries, those that share what they are sorted by, and with whom. */
function* alike(sorted: readonly Entry[], what: 'login' | 'uid'): Iterable<readonly [Entry, string]> {
  let before: Entry | undefined
  for (const entry of sorted) {
    if (before !== undefined && before[what] === entry[what]) {
      yield [before, `its ${what} ${entry[what]} is also that of ${entry.user}`]
      yield [entry, `its ${what} ${entry[what]} is also that of ${before.user}`]
    }
    before = entry
  }
}

function readOptions(options: JsonObject): Options {
  const homeBase = options['homeBase'] ?? '/home'
  const defaultShell = options['defaultShell'] ?? '/bin/bash'
  if (typeof homeBase !== 'string' || !homePattern.test(homeBase)) throw invalid('homeBase', '/home')
  if (typeof defaultShell !== 'string' || !shellPattern.test(defaultShell)) throw invalid('defaultShell', '/bin/bash')
  return { homeBase, defaultShell }
}

function invalid(option: string, example: string): GuildhallError {
  return new GuildhallError(
    'GENERATOR_OPTIONS_INVALID',
    `Cannot generate passwd: option ${option} must be an absolute path of plain characters, such as "${example}"`,
    { facts: { option } },
  )
}
