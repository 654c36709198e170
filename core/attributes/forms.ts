import { isLogin } from '../config/built-in-attributes.ts'
import type { Mismatch } from '../config/catalog.ts'
import type { JsonValue } from '../model/json.ts'
import { showValue } from '../model/show-value.ts'
import { isAddress } from '../notifications/is-address.ts'
import { isList } from './lists.ts'
import { optionsOfKey, readKey } from './public-key.ts'

/** Says what is wrong with the form of a login, a name, an address or a key; undefined for values of other attributes. */
export function formMismatch(name: string, value: JsonValue): Mismatch | undefined {
  const fault = forms[name]
  if (fault === undefined) return undefined
  if (!isList(value)) return complaint([], fault(value))
  return value.flatMap((element, index) => complaint([index], fault(element)) ?? [])[0]
}

function complaint(path: Mismatch['path'], message: string | undefined): Mismatch | undefined {
  return message === undefined ? undefined : { path, message }
}

/** Of a value, or of each element of a list. */
const forms: Readonly<Record<string, (value: JsonValue) => string | undefined>> = {
  'user.login': unless(
    isLogin,
    'a login of at most 32 letters, digits, ".", "_" and "-", not only digits, such as "ada"',
  ),
  'user.displayName': unless((text) => text.trim() !== '', 'a name such as "Ada Lovelace"'),
  'user.email': unless(isAddress, 'an e-mail address such as "ada@example.org"'),
  'user.sshKeys': keyFault,
}

function unless(holds: (text: string) => boolean, expected: string): (value: JsonValue) => string | undefined {
  return (value) =>
    typeof value === 'string' && holds(value) ? undefined : `expected ${expected}, got ${showValue(value)}`
}

const wellFormed = unless(
  (text) => readKey(text) !== undefined,
  'a public key: its type (ssh-ed25519, ssh-rsa of at least 2048 bits, ecdsa-sha2-nistp256 …), its base64 and, where wanted, a comment',
)

function keyFault(value: JsonValue): string | undefined {
  const options = typeof value === 'string' ? optionsOfKey(value) : undefined
  if (options === undefined) return wellFormed(value)
  const shown = options.length > 60 ? `${options.slice(0, 60)}…` : options
  return `expected a public key alone, got one with options in front of it (${shown}); leave them out`
}
