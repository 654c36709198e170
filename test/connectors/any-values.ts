import fc from 'fast-check'
import type { JsonValue } from '../../core/model/json.ts'
import { names } from './corpus.ts'

/** Values of an attribute of every form, with every kind of text in them. */
export const anyValue: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 6, arbitrary: anyText() },
  { weight: 2, arbitrary: fc.array(fc.oneof(anyText(), fc.integer()), { maxLength: 3 }) },
  { weight: 2, arbitrary: fc.oneof(fc.integer(), fc.boolean(), fc.constant(null)) },
  { weight: 1, arbitrary: fc.dictionary(fc.string({ maxLength: 5 }), anyText(), { maxKeys: 2 }) },
)

function anyText(): fc.Arbitrary<string> {
  return fc.oneof(
    fc.constantFrom(...names.map(({ text }) => text)),
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ unit: 'grapheme', maxLength: 20 }),
    fc.string({ maxLength: 20 }),
  )
}

/** The texts that are in a value, and undefined where it is a map: written anew, from what the generators promise. */
export function textsIn(value: JsonValue | undefined): string[] | undefined {
  if (value === null || value === undefined) return []
  const list: readonly JsonValue[] = Array.isArray(value) ? value : [value]
  if (list.some((one) => typeof one === 'object' && one !== null)) return undefined
  return list.map((one) => (typeof one === 'string' ? one : JSON.stringify(one))).filter((text) => text !== '')
}
