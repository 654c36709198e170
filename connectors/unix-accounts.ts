import type { JsonObject, JsonValue } from '../core/model/json.ts'
import type { Account } from './generator.ts'

const namePattern = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,31}$/
const allDigits = /^[0-9]+$/
/** Ids that the system itself uses: `nobody`, and -1 in 16 bits. */
const reservedIds: readonly number[] = [65534, 65535]
const lowestId = 1000
const highestId = 2 ** 31 - 1

/** Accounts and groups that a Unix system brings along; nobody may become one of them. */
const reservedNames: ReadonlySet<string> = new Set(
  (
    'root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats _apt nobody nogroup sshd _ssh postgres messagebus polkitd ' +
    'systemd-network systemd-resolve systemd-timesync systemd-journal systemd-coredump adm tty disk kmem dialout fax voice cdrom floppy tape sudo wheel audio dip ' +
    'operator src shadow utmp video sasl plugdev staff users input kvm render crontab docker lxd libvirt ssl-cert halt shutdown ftp toor admin'
  ).split(' '),
)

/** A login, or why the person cannot have a line. */
export type Login = { readonly login: string } | { readonly reason: string }

/** The login an account goes by, checked for Unix. */
export function readLogin(account: Account): Login {
  const login = account.attributes['user.login']
  if (login === undefined || login === null) return { reason: 'user.login is missing' }
  if (!isUnixName(login)) return { reason: 'user.login is not a safe account name' }
  if (reservedNames.has(login)) return { reason: `user.login "${login}" belongs to the system` }
  return { login }
}

/** Tells whether a value has the form of an account or group name. */
export function isUnixName(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && namePattern.test(value) && !allDigits.test(value)
}

/** Tells whether a group or account name is one that Unix systems bring along. */
export function isReservedName(name: string): boolean {
  return reservedNames.has(name)
}

/** Tells whether a value can be the uid or gid of a person or group: 1000 or more, and not one the system uses. */
export function isUnixId(value: JsonValue | undefined): value is number {
  return (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= lowestId &&
    value <= highestId &&
    !reservedIds.includes(value)
  )
}

/** The numbers an account goes by, or why the person cannot have a line; without a gid of its own its group has the number of the uid. */
export function readUnixIds(
  attributes: JsonObject,
): { readonly uid: number; readonly gid: number } | { readonly reason: string } {
  const uid = attributes['user-facility.uid']
  if (!isUnixId(uid)) return { reason: 'user-facility.uid is missing or not a free number from 1000 on' }
  const gid = attributes['user-facility.gid'] ?? uid
  if (!isUnixId(gid)) return { reason: 'user-facility.gid is not a free number from 1000 on' }
  return { uid, gid }
}

/** Tells whether somebody has access now: files that carry no status name nobody else. */
export function isActive({ status, banned }: Account): boolean {
  return status === 'VALID' && !banned
}

/** What an account is called in messages. */
export function personOf(account: Account): string {
  return account.identities[0] ?? '(no identity)'
}
