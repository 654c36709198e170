import stringify from 'fast-json-stable-stringify'
import type { JsonValue } from '../model/json.ts'

/** Writes a value as the text by which unique ones are compared: texts ignoring case, as PostgreSQL's `as_claimed` does. */
export function uniqueKey(value: JsonValue): string {
  return stringify(typeof value === 'string' ? inSmallLetters(value) : value)
}

/** Makes capital letters of ASCII small, and leaves others as they are, as PostgreSQL does in the collation "C". */
export function inSmallLetters(text: string): string {
  return text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase())
}
