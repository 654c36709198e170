import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { writeLines } from '../../line-files.ts'
import { isField } from '../../safe-text.ts'
import { readUnique } from '../../unique-entries.ts'
import { isActive, personOf, readLogin, readUnixIds } from '../../unix-accounts.ts'
import { lockedShell, readHomes, readShell, type Homes } from '../../unix-homes.ts'

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
  const options = readHomes('passwd', input.options)
  const kept = yield* readUnique(input, {
    read: (account) => readEntry(account, options),
    keysOf: ({ login, uid }) => [
      ['uid', uid],
      ['login', login],
    ],
    order: byLogin,
  })
  const passwdLine = ({ login, uid, gid, name, shell }: Entry) =>
    `${login}:x:${uid}:${gid}:${name}:${options.homeBase}/${login}:${shell}\n`
  yield* writeLines('passwd', kept, passwdLine)
  yield* writeLines('shadow', kept, ({ login, isLocked }) => login + (isLocked ? lockedShadow : openShadow))
}

function readEntry(account: Account, options: Homes): Entry | { readonly reason: string } {
  const { attributes } = account
  const login = readLogin(account)
  if ('reason' in login) return login
  const ids = readUnixIds(attributes)
  if ('reason' in ids) return ids
  const name = attributes['user.displayName'] ?? ''
  if (typeof name !== 'string' || !isField(name)) {
    return { reason: 'user.displayName holds a colon, a control character or a direction mark' }
  }
  const isLocked = !isActive(account)
  const read = readShell(attributes, options)
  if ('reason' in read) return read
  const { uid, gid } = ids
  return {
    user: personOf(account),
    login: login.login,
    uid,
    gid,
    name,
    shell: isLocked ? lockedShell : read.shell,
    isLocked,
  }
}

function byLogin(one: Entry, other: Entry): number {
  if (one.login === other.login) return 0
  return one.login < other.login ? -1 : 1
}
