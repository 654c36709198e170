import { readKey } from '../../../core/attributes/public-key.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { isOneLine } from '../../../core/model/one-line.ts'
import { isAddress } from '../../../core/notifications/is-address.ts'
import type { Account } from '../../generator.ts'
import { escapeDnValue } from '../../ldap/escape.ts'
import { foldValue } from '../../ldap/fold.ts'
import { isField, isWhole, textsOf } from '../../safe-text.ts'
import { isActive, isReservedName, isUnixName, personOf, readUnixIds } from '../../unix-accounts.ts'
import { lockedShell, readShell } from '../../unix-homes.ts'
import type { Layout } from './layout.ts'

/** A person as an entry of the tree. */
export interface Person {
  readonly user: string
  readonly dn: string
  readonly values: readonly Value[]
  /** What nobody else in the tree may have. */
  readonly claims: readonly string[]
  /** Of whoever has a Unix account. */
  readonly login: string | undefined
  readonly hasAccess: boolean
}

type Value = readonly [ldap: string, value: string]
interface Reason {
  readonly reason: string
}

const longestName = 200
const ascii = /^[ -~]*$/

/** Makes an entry of a person, or tells why there can be none; undefined for whoever is not to be shown. */
export function readPerson(account: Account, layout: Layout): Person | Reason | undefined {
  const hasAccess = isActive(account)
  if (!hasAccess && layout.status === undefined) return undefined
  const values = readValues(account.attributes, layout)
  if ('reason' in values) return values
  const name = nameIn(values, layout)
  if (typeof name !== 'string') return name
  const unix = readUnix(account, values, layout)
  if ('reason' in unix) return unix
  const [cn = name] = valuesOf(values, 'cn')
  return {
    user: personOf(account),
    dn: `${layout.naming}=${escapeDnValue(name)},${layout.people.dn}`,
    values: [
      ...[...personClasses, ...layout.objectClasses, ...unix.objectClasses].map(named('objectClass')),
      ...values,
      ...(valuesOf(values, 'cn').length === 0 ? [['cn', cn] as const] : []),
      ...(valuesOf(values, 'sn').length === 0 ? [['sn', cn] as const] : []),
      ...unix.values,
      ...(layout.status === undefined ? [] : [[layout.status, statusOf(account)] as const]),
    ],
    claims: [`${layout.naming} ${foldValue(name)}`, ...unix.claims],
    login: unix.login,
    hasAccess,
  }
}

const personClasses = ['top', 'person', 'organizationalPerson', 'inetOrgPerson']

function named(ldap: string): (value: string) => Value {
  return (value) => [ldap, value]
}

function statusOf({ banned, status }: Account): string {
  return banned ? 'BANNED' : status
}

function readValues(attributes: JsonObject, layout: Layout): readonly Value[] | Reason {
  const values: Value[] = []
  for (const [ldap, attribute] of layout.attributes) {
    const texts = textsOf(attributes[attribute])
    if (texts === undefined) return { reason: `${attribute} is a map, which no LDAP attribute can hold` }
    if (!texts.every(isWhole)) return { reason: `${attribute} holds a NUL or half a character` }
    if (ldap.toLowerCase() === 'mail' && !texts.every(isMail))
      return { reason: `${attribute} is not an e-mail address in ASCII` }
    values.push(...distinct(texts, isPhone(ldap) ? foldPhone : foldValue).map(named(ldap)))
  }
  return values
}

/** The first of those that a directory takes for one: it refuses an entry that has both. */
function distinct(texts: readonly string[], fold: (text: string) => string): readonly string[] {
  if (texts.length < 2) return texts
  return [...new Map(texts.toReversed().map((text) => [fold(text), text])).values()].reverse()
}

function isPhone(ldap: string): boolean {
  return /^(?:telephoneNumber|homePhone|mobile|pager)$/i.test(ldap)
}

/** As `telephoneNumberMatch` does. */
function foldPhone(text: string): string {
  return foldValue(text).replace(/[ -]/g, '')
}

/** What `mail` takes (an IA5 string). */
function isMail(text: string): boolean {
  return isAddress(text) && ascii.test(text)
}

function valuesOf(values: readonly Value[], wanted: string): readonly string[] {
  return values.filter(([ldap]) => ldap.toLowerCase() === wanted).map(([, value]) => value)
}

function nameIn(values: readonly Value[], { naming, attributes }: Layout): string | Reason {
  const name = values.find(([ldap]) => ldap === naming)?.[1]
  const attribute = attributes.find(([ldap]) => ldap === naming)?.[1] ?? naming
  if (name === undefined) return { reason: `${attribute} is missing` }
  if (!isOneLine(name)) return { reason: `${attribute} holds a line break, a control character or a direction mark` }
  if (name.length > longestName) return { reason: `${attribute} is longer than ${longestName} characters` }
  if (foldValue(name) === '') return { reason: `${attribute} is blank` }
  return name
}

interface Unix {
  readonly objectClasses: readonly string[]
  readonly values: readonly Value[]
  readonly claims: readonly string[]
  readonly login: string | undefined
}

/** What machines read: whoever has a login that is no name of Unix, and no number, is a person all the same. */
function readUnix(account: Account, values: readonly Value[], layout: Layout): Unix | Reason {
  const { attributes } = account
  const logins = valuesOf(values, 'uid')
  if (logins.some(isReservedName)) return { reason: 'uid: its value belongs to the system' }
  const none = {
    objectClasses: [],
    values: [],
    claims: logins.map((login) => `uid ${foldValue(login)}`),
    login: undefined,
  }
  const keys = readKeys(account, layout)
  if ((attributes['user-facility.uid'] ?? undefined) === undefined || logins.length === 0) return { ...none, ...keys }
  const [login] = logins
  if (logins.length > 1 || !isUnixName(login)) return { reason: 'uid: its value is not a safe account name' }
  const ids = readUnixIds(attributes)
  if ('reason' in ids) return ids
  const shell = readShell(attributes, layout.homes)
  if ('reason' in shell) return shell
  return {
    objectClasses: ['posixAccount', ...keys.objectClasses],
    values: [
      ['uidNumber', `${ids.uid}`],
      ['gidNumber', `${ids.gid}`],
      ['homeDirectory', `${layout.homes.homeBase}/${login}`],
      ['loginShell', isActive(account) ? shell.shell : lockedShell],
      ...gecos(values, login),
      ...keys.values,
    ],
    claims: [...none.claims, `uidNumber ${ids.uid}`],
    login,
  }
}

/** Whoever has no access has no keys. */
function readKeys(account: Account, { sshKeys }: Layout): Pick<Unix, 'objectClasses' | 'values'> {
  if (!sshKeys || !isActive(account)) return { objectClasses: [], values: [] }
  const keys = new Set(textsOf(account.attributes['user.sshKeys'])?.flatMap((text) => readKey(text) ?? []))
  return { objectClasses: keys.size === 0 ? [] : ['ldapPublicKey'], values: [...keys].map(named('sshPublicKey')) }
}

/** Machines show `cn` as the name in a line of passwd unless there is a gecos; what would break that line has to stay out of it. */
function gecos(values: readonly Value[], login: string): readonly Value[] {
  return valuesOf(values, 'cn').every((cn) => isField(cn) && cn.length < longestName) ? [] : [['gecos', login]]
}
