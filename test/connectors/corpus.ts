import { readFileSync } from 'node:fs'
import type { JsonValue } from '../../core/model/json.ts'

interface HostileText {
  readonly why: string
  readonly text: string
}

interface HostileUrl {
  readonly url: string
  readonly code: string
}

interface HostileLogin {
  readonly why: string
  readonly login: JsonValue
}

interface HostileAddress {
  readonly why: string
  readonly address: JsonValue
}

interface HostileListName {
  readonly why: string
  readonly list: JsonValue
}

interface HostileHash {
  readonly why: string
  readonly hash: JsonValue
}

interface HostilePrincipal {
  readonly why: string
  readonly principal: JsonValue
}

interface HostileDn {
  readonly why: string
  readonly dn: JsonValue
}

/** Addresses of destinations that nothing may be sent to. */
export const destinationUrls: readonly HostileUrl[] = read(
  'destination-urls',
  (value): value is HostileUrl => typeof value === 'object' && value !== null && 'url' in value && 'code' in value,
)
/** File names that must never be written. */
export const fileNames: readonly string[] = read('file-names', (value) => typeof value === 'string')
/** Texts that people give as their name. */
export const names: readonly HostileText[] = read(
  'names',
  (value): value is HostileText => isCase(value) && 'text' in value,
)
/** Values that no account may have as its login. */
export const logins: readonly HostileLogin[] = read(
  'logins',
  (value): value is HostileLogin => isCase(value) && 'login' in value,
)
/** Values that no list of addresses may hold. */
export const addresses: readonly HostileAddress[] = read(
  'addresses',
  (value): value is HostileAddress => isCase(value) && 'address' in value,
)
/** Values that no mailing list may have as its name. */
export const listNames: readonly HostileListName[] = read(
  'list-names',
  (value): value is HostileListName => isCase(value) && 'list' in value,
)
/** Values that are no hash of a password. */
export const passwordHashes: readonly HostileHash[] = read(
  'password-hashes',
  (value): value is HostileHash => isCase(value) && 'hash' in value,
)
/** Values that are no Kerberos principals. */
export const principals: readonly HostilePrincipal[] = read(
  'principals',
  (value): value is HostilePrincipal => isCase(value) && 'principal' in value,
)
/** Values that name no certificate. */
export const certificateNames: readonly HostileDn[] = read(
  'certificate-names',
  (value): value is HostileDn => isCase(value) && 'dn' in value,
)

function read<T>(name: string, isOne: (value: unknown) => value is T): T[] {
  const parsed: unknown = JSON.parse(readFileSync(new URL(`./corpus/${name}.json`, import.meta.url), 'utf8'))
  if (Array.isArray(parsed) && parsed.every(isOne)) return parsed
  throw new Error(`Cannot read corpus "${name}": an entry has another form`)
}

function isCase(value: unknown): value is { readonly why: string } {
  return typeof value === 'object' && value !== null && 'why' in value
}
