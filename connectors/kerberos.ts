import type { JsonValue } from '../core/model/json.ts'
import type { Account } from './generator.ts'
import type { Lines } from './lines-of-people.ts'

/** `name[/instance]@REALM`, of characters that neither a line, a field nor a list in one can be made to end with. */
const principalPattern = /^[A-Za-z0-9_][A-Za-z0-9._+-]*(\/[A-Za-z0-9_][A-Za-z0-9._+-]*)?@[A-Za-z0-9][A-Za-z0-9.-]*$/
const longest = 255

/** A person's principals, or why there is none. */
type Principals = { readonly principals: readonly string[] } | { readonly reason: string }

/**
 * The Kerberos principals of a person, distinct and sorted: the well-formed ones of `user.kerberosPrincipals`. Undefined for whoever
 * has none; a reason where none is well-formed.
 */
export function readPrincipals({ attributes }: Account): Principals | undefined {
  const stored = attributes['user.kerberosPrincipals'] ?? []
  if (!Array.isArray(stored)) return { reason: 'user.kerberosPrincipals is not a list' }
  if (stored.length === 0) return undefined
  const principals = [...new Set(stored.filter(isPrincipal))].sort()
  if (principals.length > 0) return { principals }
  return { reason: 'user.kerberosPrincipals holds no principal such as ada@EXAMPLE.ORG or ada/admin@EXAMPLE.ORG' }
}

/** The Kerberos principals of a person, one a line. */
export function principalLines(account: Account): Lines {
  const read = readPrincipals(account)
  return read === undefined || 'reason' in read ? read : { lines: read.principals }
}

function isPrincipal(value: JsonValue): value is string {
  return typeof value === 'string' && value.length <= longest && principalPattern.test(value)
}
