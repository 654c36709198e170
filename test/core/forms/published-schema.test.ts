import { describe, expect, it } from '@jest/globals'
import { Ajv } from 'ajv'
import fc from 'fast-check'
import { answerFaults } from '../../../core/forms/check-answers.ts'
import { conditionsOf } from '../../../core/forms/expressions.ts'
import { itemTypes } from '../../../core/forms/items.ts'
import { publishedSchema } from '../../../core/forms/published-schema.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import type { FormItem } from '../../../schemas/generated/config.ts'

const filled = new Map([
  ['user.orcid', { type: 'string', schema: { pattern: '^[0-9]{4}$' } }],
  ['member.hours', { type: 'integer', schema: { maximum: 40 } }],
] as const)
const context = { termsVersion: '7', filled }

const options = [{ value: 'phd', label: { en: 'PhD student', cs: 'Doktorand' } }, { value: 'staff' }]

function schemaOf(items: FormItem[], more: { language?: string; offered?: JsonObject } = {}): JsonObject {
  return publishedSchema({ items }, { ...context, offered: {}, ...more })
}

/** As anybody would validate who knows JSON Schema and nothing of us. */
function accepts(items: FormItem[], answers: JsonObject): boolean {
  return new Ajv({ strict: true, strictTypes: false, allErrors: true }).compile(schemaOf(items))(answers)
}

function faultsOf(items: FormItem[], answers: JsonObject): object[] {
  const form = { items }
  const compileSchema = (schema: JsonObject) => compileCheck(schema)
  return answerFaults({ form, conditions: conditionsOf(form, []), answers, person: {}, compileSchema, ...context })
}

describe('the schema of the answers', () => {
  it('says what is asked, in the language of the reader, with what is offered', () => {
    const items: FormItem[] = [
      { name: 'intro', type: 'comment', label: { en: 'Welcome to *astro*', cs: 'Vítejte v *astro*' } },
      { name: 'why', type: 'area', required: true, label: { en: 'Why', cs: 'Proč' }, help: { en: 'A line' } },
      { name: 'role', type: 'choice', options },
      { name: 'more', type: 'checkbox', required: true, shownWhen: "answers.why == 'x'" },
    ]

    expect(schemaOf(items, { language: 'cs', offered: { role: 'phd' } })).toEqual({
      $schema: 'http://json-schema.org/draft-07/schema#',
      description: 'Vítejte v *astro*',
      type: 'object',
      additionalProperties: false,
      properties: {
        why: {
          title: 'Proč',
          description: 'A line',
          type: 'string',
          minLength: 1,
          maxLength: 20_000,
          allOf: [{ not: { pattern: expect.any(String) } }, { pattern: String.raw`[^\s\p{Z}]` }],
        },
        role: {
          default: 'phd',
          oneOf: [
            { const: 'phd', title: 'Doktorand' },
            { const: 'staff', title: 'staff' },
          ],
        },
        more: { const: true },
      },
      required: ['why'],
    })
  })

  it('leaves out patterns that JSON Schema cannot say', () => {
    const items: FormItem[] = [
      { name: 'one', type: 'text', pattern: '(?P<word>[[:alpha:]]+)' },
      { name: 'two', type: 'text', pattern: '[a-z]+' },
    ]

    expect(schemaOf(items)['properties']).toEqual({
      one: expect.not.objectContaining({ pattern: expect.anything() }),
      two: expect.objectContaining({ pattern: '^(?:[a-z]+)$' }),
    })
  })
})

/** What of these types is right a schema says as a whole; days, addresses, logins and time zones it does not know. */
const sayable = itemTypes.filter((type) => !['date', 'verified-email', 'login', 'time-zone'].includes(type))

const keysOf: Readonly<Record<string, fc.Arbitrary<Partial<FormItem>>>> = {
  text: fc.constantFrom({}, { pattern: '[a-z]{2,}' }, { maxLength: 3 }, { fills: 'user.orcid' as const }),
  area: fc.constantFrom({}, { pattern: '.{3,}' }),
  number: fc.constantFrom({}, { minimum: 1, maximum: 3 }, { whole: true }, { fills: 'member.hours' as const }),
  choice: fc.constant({ options }),
  'multi-choice': fc.constantFrom({ options }, { options, maxItems: 1 }),
  list: fc.constantFrom({}, { maxItems: 2 }, { pattern: '[a-z]+' }),
  map: fc.constantFrom({}, { maxItems: 1 }),
  group: fc.constant({ groups: ['telescope', 'board'] }),
}

function anItem(name: string, types: readonly FormItem['type'][]): fc.Arbitrary<FormItem> {
  return fc.constantFrom(...types).chain((type) =>
    fc.record({ required: fc.boolean(), keys: keysOf[type] ?? fc.constant({}) }).map(({ required, keys }) => ({
      ...{ name, type, ...keys },
      ...(required && { required }),
    })),
  )
}

const word = fc.oneof(
  fc.constantFrom(
    '',
    ' ',
    'abc',
    'phd',
    'staff',
    'telescope',
    '1234',
    '7',
    'a\nb',
    'a\u202Eb',
    '2027-02-29',
    'Europe/Prague',
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
)
const answer: fc.Arbitrary<JsonValue> = fc.oneof(
  ...[word, fc.boolean(), fc.integer({ min: -1, max: 50 }), fc.double({ noNaN: true }), fc.constant(null)],
  fc.array(word, { maxLength: 3 }),
  fc.dictionary(word, word, { maxKeys: 2 }),
)

const caseOf = (types: readonly FormItem['type'][]) =>
  fc.tuple(anItem('one', types), anItem('two', types)).chain((items) =>
    fc.record({
      items: fc.constant(items),
      answers: fc.record({ one: answer, two: answer, three: answer }, { requiredKeys: [] }),
    }),
  )

describe('the schema and the check of answers', () => {
  it('accept the same', () => {
    fc.assert(
      fc.property(caseOf(sayable), ({ items, answers }) => {
        expect({ items, answers, accepted: faultsOf(items, answers).length === 0 }).toEqual({
          ...{ items, answers, accepted: accepts(items, answers) },
        })
      }),
      { numRuns: 150 },
    )
  })

  it('differ only by what the schema does not know: it never refuses what the check accepts', () => {
    const shown = (item: FormItem): FormItem => ({ ...item, shownWhen: "answers.zero == 'x'" })
    const zero: FormItem = { name: 'zero', type: 'text' }
    fc.assert(
      fc.property(caseOf(itemTypes), fc.boolean(), ({ items: [one, two], answers }, isHidden) => {
        const items = isHidden ? [zero, shown(one), shown(two)] : [zero, one, two]
        const given = isHidden ? { zero: 'x', ...answers } : answers
        if (faultsOf(items, given).length === 0) expect(accepts(items, given)).toBe(true)
      }),
      { numRuns: 150 },
    )
  })
})
