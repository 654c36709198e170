import { isList } from '../core/attributes/lists.ts'
import type { JsonValue } from '../core/model/json.ts'
import type { Account } from './generator.ts'

/**
 * Dot-atoms of RFC 5322 without what mail programs read more into (`!` and `%` are routes, a `|` or `/` in front a command or file),
 * and a domain of two labels or more.
 */
const plainAddress =
  /^[A-Za-z0-9_][A-Za-z0-9_+='&-]*(\.[A-Za-z0-9_+='&-]+)*@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])$/
/** Of RFC 5321, in characters. */
const longestLocalPart = 64
const longestAddress = 254

/** Tells whether a value is an e-mail address, or another name `who@where`, that every program reads as just that. */
export function isPlainAddress(value: JsonValue | undefined): value is string {
  return (
    typeof value === 'string' &&
    value.length <= longestAddress &&
    value.indexOf('@') <= longestLocalPart &&
    plainAddress.test(value)
  )
}

/** The address of a person (`user.email`), or why there is none to write. */
export function readAddress({ attributes }: Account): { readonly address: string } | { readonly reason: string } {
  const address = attributes['user.email'] ?? undefined
  if (address === undefined) return { reason: 'user.email is missing' }
  return isPlainAddress(address) ? { address } : { reason: 'user.email is not a plain e-mail address' }
}

/** All addresses of a person, `user.email` first and then `user.emails`, each once; or why there are none to write. */
export function readAddresses(
  account: Account,
): { readonly addresses: readonly string[] } | { readonly reason: string } {
  const more = account.attributes['user.emails'] ?? []
  if (!isList(more) || !more.every(isPlainAddress))
    return { reason: 'user.emails is not a list of plain e-mail addresses' }
  const first = readAddress(account)
  if ('address' in first) return { addresses: [...new Set([first.address, ...more])] }
  const isMissing = (account.attributes['user.email'] ?? undefined) === undefined
  return isMissing && more.length > 0 ? { addresses: [...new Set(more)] } : first
}
