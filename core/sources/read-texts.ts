import { readValue } from '../attributes/check-value.ts'
import type { AttributeType } from '../expressions/names.ts'
import { compareText } from '../model/compare.ts'
import type { JsonValue } from '../model/json.ts'

const truths: Readonly<Record<string, boolean>> = { true: true, false: false, '1': true, '0': false }

/** Makes a value of an attribute's type from texts, of which only a list takes more than the first; undefined where they are none. */
export function readTexts(type: AttributeType, texts: readonly string[]): JsonValue | undefined {
  const [first = ''] = texts
  switch (type) {
    case 'array':
      return inOneOrder(texts)
    case 'boolean':
      return truths[first.trim().toLowerCase()]
    case 'integer':
      return /^[+-]?\d{1,16}$/.test(first.trim()) ? Number(first) : undefined
    default:
      return readValue(type, first)
  }
}

/** Each text once, by code point: directories keep no order, and a list in another one would be a change in every run. */
function inOneOrder(texts: readonly string[]): readonly string[] {
  return texts.length < 2 ? texts : [...new Set(texts)].sort(compareText)
}
