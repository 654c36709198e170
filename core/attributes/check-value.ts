import type { AttributeSpec } from '../../schemas/generated/config.ts'
import { isLogin } from '../config/built-in-attributes.ts'
import type { Mismatch, Surroundings } from '../config/catalog.ts'
import { typeMismatch } from '../config/value-type.ts'
import type { JsonValue } from '../model/json.ts'
import { showPath } from '../model/path.ts'
import { showValue } from '../model/show-value.ts'
import { isAddress } from '../notifications/is-address.ts'

/** Tells what is wrong with a value for an attribute: its type, its form, or the attribute's schema; undefined when nothing is. */
export function valueFault(
  { name, spec }: { readonly name: string; readonly spec: Pick<AttributeSpec, 'schema' | 'type'> },
  value: JsonValue,
  compileSchema: Surroundings['compileSchema'],
): string | undefined {
  const wrong = typeMismatch(spec.type, value) ?? formMismatch(name, value)
  if (wrong !== undefined || spec.schema === undefined) return wrong
  const check = compileSchema(spec.schema)
  const [first] = typeof check === 'function' ? check(value) : []
  return first === undefined ? undefined : said(first)
}

function said({ path, message }: Mismatch): string {
  return path.length === 0 ? message : `${showPath(path)}: ${message}`
}

/** Says what is wrong with the form of a login or an address; undefined for values of other attributes. */
export function formMismatch(name: string, value: JsonValue): string | undefined {
  const form = forms[name]
  if (form === undefined || typeof value !== 'string' || form.holds(value)) return undefined
  return `expected ${form.expected}, got ${showValue(value)}`
}

const forms: Readonly<Record<string, { readonly holds: (text: string) => boolean; readonly expected: string }>> = {
  'user.login': {
    holds: isLogin,
    expected: 'a login of at most 32 letters, digits, ".", "_" and "-", not only digits, such as "ada"',
  },
  'user.email': { holds: isAddress, expected: 'an e-mail address such as "ada@example.org"' },
}

/** Reads a value of an attribute from text: numbers and truth values as they stand, lists and maps as JSON; undefined where the text is none. */
export function readValue(type: AttributeSpec['type'], text: string): JsonValue | undefined {
  if (type === 'string') return text
  const value = parseJson(text.trim())
  return value !== undefined && typeMismatch(type, value) === undefined ? value : undefined
}

function parseJson(text: string): JsonValue | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isJson(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** What JSON.parse gives is JSON all the way down. */
function isJson(value: unknown): value is JsonValue {
  return value !== undefined
}
