import { createHash } from 'node:crypto'
import {
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { join } from 'node:path'
import { binariesFor } from './postgres-binaries.ts'
import { accountCan, postgresAccount, type Account } from './system-user.ts'

/** Where the server of a home lives, and under which account it runs. */
export interface PostgresPlace {
  readonly account: Account | undefined
  /** Holds `bin`, `lib` and `share`. */
  readonly binaries: string
  /** The server's own folder; `data`, `postgres.log`. */
  readonly folder: string
  readonly data: string
}

const systemFolder = '/var/lib/guildhall'

/**
 * Finds or makes the server's folder: `postgres` in the home. Where the account it runs under cannot reach that (a clone
 * under /root, a private temporary folder), the folder lies under /var/lib/guildhall, and `postgres` is a link to it.
 */
export function placePostgres(home: string, outside: string = systemFolder): PostgresPlace {
  mkdirSync(home, { recursive: true })
  const link = join(realpathSync(home), 'postgres')
  const account = postgresAccount(join(link, 'data'))
  const folder = account === undefined ? ownFolder(link) : folderFor(account, link, outside)
  const copies = account === undefined ? join(home, 'binaries') : outside
  return { account, binaries: binariesFor(account, copies), folder, data: join(folder, 'data') }
}

function ownFolder(link: string): string {
  mkdirSync(link, { recursive: true, mode: 0o700 })
  return realpathSync(link)
}

function folderFor(account: Account, link: string, outside: string): string {
  const there = lstatSync(link, { throwIfNoEntry: false })
  if (there?.isSymbolicLink() === true) return madeFor(account, realpathMade(link, outside))
  madeFor(account, link)
  if (accountCan(account, ['-w', link])) return link
  const elsewhere = join(outside, nameFor(link))
  mkdirSync(outside, { recursive: true, mode: 0o755 })
  moveFolder(link, elsewhere)
  symlinkSync(elsewhere, link)
  return madeFor(account, elsewhere)
}

/** A link whose target is gone leads to a new, empty folder. */
function realpathMade(link: string, outside: string): string {
  if (existsSync(link)) return realpathSync(link)
  const elsewhere = join(outside, nameFor(link))
  mkdirSync(elsewhere, { recursive: true })
  rmSync(link)
  symlinkSync(elsewhere, link)
  return elsewhere
}

function madeFor(account: Account, folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  chownSync(folder, account.uid, account.gid)
  return folder
}

/** A home that was deleted and made again gets another name, so it never finds the old one's data. */
function nameFor(link: string): string {
  const home = join(link, '..')
  const { ino, birthtimeMs } = statSync(home)
  return createHash('sha256').update(`${home} ${ino} ${birthtimeMs}`).digest('hex').slice(0, 16)
}

function moveFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true })
  try {
    renameSync(from, to)
  } catch {
    cpSync(from, to, { recursive: true, preserveTimestamps: true })
    rmSync(from, { recursive: true })
  }
}
