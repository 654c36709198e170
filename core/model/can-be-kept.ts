import type { JsonValue } from './json.ts'

/** Tells whether PostgreSQL can keep a value: no text in it has the character U+0000, or half of one. */
export function canBeKept(value: JsonValue): boolean {
  if (typeof value === 'string') return !value.includes('\0') && !/\p{Cs}/u.test(value)
  if (typeof value !== 'object' || value === null) return true
  return Object.entries(value).every(([key, inner]) => canBeKept(key) && canBeKept(inner))
}
