import type { JsonValue } from '../core/model/json.ts'
import { isOneLine } from '../core/model/one-line.ts'

/** What most text is made of, and quickly told. */
const plainField = /^[ -9;-~]*$/
const broken = /[\0\p{Cs}]/u

/** Tells whether text can be one field of a line whose fields are parted by `:`. */
export function isField(text: string): boolean {
  return plainField.test(text) || (isOneLine(text) && !text.includes(':'))
}

/** Tells whether text can be kept as it is by whoever reads UTF-8: it has no NUL and no half of a surrogate pair. */
export function isWhole(text: string): boolean {
  return plainField.test(text) || !broken.test(text)
}

/** The texts that a value is: each entry of a list, none of nothing and of empty text; undefined of a map. Numbers are written out. */
export function textsOf(value: JsonValue | undefined): readonly string[] | undefined {
  const entries: readonly (JsonValue | undefined)[] = Array.isArray(value) ? value : [value]
  const texts: string[] = []
  for (const entry of entries) {
    if (typeof entry === 'object' && entry !== null) return undefined
    if (entry !== undefined && entry !== null && entry !== '') texts.push(String(entry))
  }
  return texts
}
