import type { AttributeSpec } from '../../schemas/generated/config.ts'
import type { JsonValue } from '../model/json.ts'
import { showValue } from '../model/show-value.ts'

const words: Readonly<Record<AttributeSpec['type'], string>> = {
  string: 'text',
  integer: 'a whole number',
  boolean: 'true or false',
  array: 'a list of texts or numbers',
  map: 'a mapping from names to texts',
}

/** Says what is wrong with a value of an attribute of this type; undefined when nothing is. */
export function typeMismatch(type: AttributeSpec['type'], value: JsonValue): string | undefined {
  if (!isOfType(type, value)) {
    const quote = type === 'string' && typeof value === 'number' ? '; write it in quotes' : ''
    return `expected ${words[type]}, got ${showValue(value)}${quote}`
  }
  return isPrintable(value) ? undefined : 'expected printable text, got a line break or another control character'
}

/** Tells whether a value is of this type, whatever characters it holds. */
export function isOfType(type: AttributeSpec['type'], value: JsonValue): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string'
    case 'integer':
      return Number.isSafeInteger(value)
    case 'boolean':
      return typeof value === 'boolean'
    case 'array':
      return Array.isArray(value) && value.every(isSimple)
    case 'map':
      return isPlainObject(value) && Object.values(value).every(isSimple)
  }
}

function isSimple(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}

function isPlainObject(value: JsonValue): value is Readonly<Record<string, JsonValue>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Tells whether a value holds no character that could end a line or a field of a file that is made from it. */
export function isPrintable(value: unknown): boolean {
  if (typeof value === 'string') return !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, inner]) => isPrintable(key) && isPrintable(inner))
}
