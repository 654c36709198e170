import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { isOneLine } from '../../../core/model/one-line.ts'
import type { Account } from '../../generator.ts'
import { isPlainAddress } from '../../mail-addresses.ts'
import { isWhole, textsOf } from '../../safe-text.ts'
import { isActive } from '../../unix-accounts.ts'

/** Attributes of SCIM, such as `name.familyName`, each with the attribute of ours that its value comes from. */
export type Mapping = readonly (readonly [scim: string, attribute: string])[]

/** A user as one line says it, or why there is none. */
export type User = { readonly userName: string; readonly resource: JsonObject } | { readonly reason: string }

const schema = 'urn:ietf:params:scim:schemas:core:2.0:User'
const usual: JsonObject = {
  displayName: 'user.displayName',
  'name.formatted': 'user.displayName',
  emails: 'user.email',
}
const lists: ReadonlySet<string> = new Set(['emails', 'phoneNumbers'])

/** What users are made of, as the options say. */
export function readMapping({ userName = 'user.login', attributes = usual }: JsonObject): Mapping {
  const others = typeof attributes === 'object' && attributes !== null ? Object.entries(attributes) : []
  return [['userName', userName] as const, ...others.sort(([one], [other]) => (one < other ? -1 : 1))].flatMap(
    ([scim, attribute]) => (typeof attribute === 'string' ? [[scim, attribute] as const] : []),
  )
}

/** Makes a User (RFC 7643, section 4.1) of a person. */
export function readUser(account: Account, { externalId, mapping }: { externalId: string; mapping: Mapping }): User {
  const values = new Map<string, readonly string[]>()
  for (const [scim, attribute] of mapping) {
    const texts = textsOf(account.attributes[attribute])
    const fault = texts === undefined ? 'is a map, which no attribute of SCIM here can hold' : faultIn(scim, texts)
    if (fault !== undefined) return { reason: `${attribute} ${fault}` }
    if (texts !== undefined && texts.length > 0) values.set(scim, texts)
  }
  const userName = values.get('userName')?.[0]
  if (userName === undefined) return { reason: `${mapping[0]?.[1] ?? 'userName'} is missing` }
  return { userName, resource: { schemas: [schema], externalId, ...membersOf(values), active: isActive(account) } }
}

/** What goes into the object: texts, lists of values, and the parts of a name in one. */
function membersOf(values: ReadonlyMap<string, readonly string[]>): JsonObject {
  const members: Record<string, JsonValue> = {}
  const name: Record<string, string> = {}
  for (const [scim, [first = '', ...others]] of values) {
    const [, part] = scim.split('.')
    if (part !== undefined) name[part] = first
    else if (!lists.has(scim)) members[scim] = first
    else members[scim] = [{ value: first, primary: true }, ...others.map((value) => ({ value }))]
  }
  return Object.keys(name).length === 0 ? members : { ...members, name }
}

function faultIn(scim: string, texts: readonly string[]): string | undefined {
  if (texts.length > 1 && !lists.has(scim)) return 'has several values'
  if (!texts.every(isWhole)) return 'holds a NUL or half a character'
  if (scim === 'emails' && !texts.every(isPlainAddress)) return 'is not a plain e-mail address'
  if (scim !== 'userName') return undefined
  if (!texts.every(isOneLine)) return 'holds a line break, a control character or a direction mark'
  return texts.some((text) => text.trim() === '') ? 'is blank' : undefined
}
