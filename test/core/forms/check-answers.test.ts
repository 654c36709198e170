import { describe, expect, it } from '@jest/globals'
import { answerFaults, shownItems } from '../../../core/forms/check-answers.ts'
import { conditionsOf } from '../../../core/forms/expressions.ts'
import type { Values } from '../../../core/expressions/compile.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import type { FormItem } from '../../../schemas/generated/config.ts'

const filled = new Map([
  ['user.login', { type: 'string' }],
  ['user.displayName', { type: 'string' }],
  ['user.email', { type: 'string' }],
  ['user.orcid', { type: 'string', schema: { pattern: '^[0-9]{4}$' } }],
  ['member.hours', { type: 'integer', schema: { maximum: 40 } }],
] as const)

function faults(items: readonly FormItem[], answers: JsonObject, more: { person?: Values; language?: string } = {}) {
  const form = { items: [...items] }
  const compileSchema = (schema: JsonObject) => compileCheck(schema)
  const { person = {}, language } = more
  const context = { termsVersion: '7', filled, language }
  return answerFaults({ form, conditions: conditionsOf(form, []), answers, person, compileSchema, ...context })
}

function faultOf(item: Omit<FormItem, 'name'>, answer: JsonValue): string | undefined {
  return faults([{ name: 'it', ...item }], { it: answer })[0]?.message
}

const options = [{ value: 'phd' }, { value: 'staff' }]

const good: readonly (readonly [Omit<FormItem, 'name'>, JsonValue])[] = [
  [{ type: 'text' }, 'a line'],
  [{ type: 'text', pattern: '[a-z]+' }, 'abc'],
  [{ type: 'area' }, 'two\nlines'],
  [{ type: 'number' }, 1.5],
  [{ type: 'number', whole: true, minimum: 1 }, 1],
  [{ type: 'date', earliest: '2027-01-01' }, '2028-02-29'],
  [{ type: 'choice', options }, 'phd'],
  [{ type: 'multi-choice', options }, ['staff', 'phd']],
  [{ type: 'checkbox' }, false],
  [{ type: 'checkbox', required: true }, true],
  [{ type: 'verified-email' }, 'ada@example.org'],
  [{ type: 'login' }, 'ada'],
  [{ type: 'list' }, ['a', 'b']],
  [{ type: 'map' }, { github: 'ada' }],
  [{ type: 'time-zone' }, 'Europe/Prague'],
  [{ type: 'terms', required: true }, '7'],
  [{ type: 'group', groups: ['telescope'] }, ['telescope']],
  [{ type: 'text' }, 'نمی\u200Cخواهم'],
  [{ type: 'text', fills: 'user.orcid' }, '1234'],
  [{ type: 'number', fills: 'member.hours' }, 40],
  [{ type: 'login', fills: 'user.login' }, 'Ada.L'],
]

const bad: readonly (readonly [Omit<FormItem, 'name'>, JsonValue, string])[] = [
  [{ type: 'text' }, 'two\nlines', 'expected one line of printable text, got "two\\nlines"'],
  [{ type: 'text' }, 7, 'expected one line of printable text, got the number 7'],
  [{ type: 'text', required: true }, '', 'an answer is required'],
  [{ type: 'text', required: true }, null, 'an answer is required'],
  [{ type: 'text' }, '', 'is empty; leave it out where there is no answer'],
  [{ type: 'list' }, [], 'is empty; leave it out where there is no answer'],
  [{ type: 'map' }, {}, 'is empty; leave it out where there is no answer'],
  [{ type: 'terms' }, null, 'is empty; leave it out where there is no answer'],
  [{ type: 'terms', required: true }, '', 'the terms have to be accepted'],
  [{ type: 'text' }, '\u00A0 ', 'expected text that is more than spaces, got "\u00A0 "'],
  [{ type: 'text' }, 'a\uD800', 'expected one line of printable text, got "a\\ud800"'],
  [{ type: 'text', fills: 'user.orcid' }, '12', 'expected text that matches ^[0-9]{4}$, got "12"'],
  [{ type: 'text', fills: 'user.email' }, 'ada', 'expected an e-mail address such as "ada@example.org", got "ada"'],
  [{ type: 'number', fills: 'member.hours' }, 1.5, 'expected a whole number, got the number 1.5'],
  [{ type: 'number', fills: 'member.hours' }, 41, 'expected a number of at most 40, got the number 41'],
  [{ type: 'login' }, 'RooT', 'expected a login that systems do not keep for themselves, got "RooT"'],
  [
    { type: 'login' },
    '1234',
    'expected a login of at most 32 letters, digits, ".", "_" and "-", not only digits, such as "ada", got "1234"',
  ],
  [{ type: 'text', pattern: '[a-z]+' }, 'abc1', 'expected text that matches ^(?:[a-z]+)$, got "abc1"'],
  [{ type: 'date' }, '2027-13-01', 'expected a day "YYYY-MM-DD", got "2027-13-01"'],
  [{ type: 'text', maxLength: 2 }, 'abc', 'expected at most 2 characters, got "abc"'],
  [{ type: 'area' }, 'a\u202Eb', 'expected printable text, got "a\\u202eb"'],
  [{ type: 'number', whole: true }, 1.5, 'expected a whole number, got the number 1.5'],
  [{ type: 'number', minimum: 2 }, 1, 'expected a number of at least 2, got the number 1'],
  [{ type: 'date' }, '2027-02-29', 'expected a day of the calendar such as "2027-02-01", got "2027-02-29"'],
  [{ type: 'date', latest: '2027-01-01' }, '2027-01-02', 'expected a day up to 2027-01-01, got "2027-01-02"'],
  [{ type: 'choice', options }, 'phdd', 'expected "phd", "staff", got "phdd"; did you mean "phd"?'],
  [{ type: 'multi-choice', options }, ['phd', 'phd'], '[1]: expected every entry once, got "phd" again'],
  [{ type: 'multi-choice', options, required: true }, [], 'an answer is required'],
  [{ type: 'checkbox', required: true }, false, 'expected true, got false'],
  [{ type: 'verified-email' }, 'ada', 'expected an e-mail address such as "ada@example.org", got "ada"'],
  [{ type: 'list' }, ['a', 'b\r'], '[1]: expected one line of printable text, got "b\\r"'],
  [{ type: 'map' }, { a: 1 }, 'a: expected one line of printable text, got the number 1'],
  [
    { type: 'time-zone' },
    'Europe/Prag',
    'expected a time zone of the IANA database such as "Europe/Prague", got "Europe/Prag"',
  ],
  [{ type: 'terms' }, '6', 'expected the version of the terms that is accepted, "7", got "6"'],
  [{ type: 'group', groups: ['telescope'] }, ['board'], '[0]: expected "telescope", got "board"'],
]

describe('answers to a form', () => {
  it.each(good)('%j takes %j', (item, answer) => {
    expect(faultOf(item, answer)).toBeUndefined()
  })

  it.each(bad)('%j refuses %j: %s', (item, answer, message) => {
    expect(faultOf(item, answer)).toBe(message)
  })

  it('name every item that is wrong, in the order of the form, and those that nothing asks for', () => {
    const items: FormItem[] = [
      { name: 'title', type: 'heading', label: { en: 'About you' } },
      { name: 'why', type: 'area', required: true },
      { name: 'hours', type: 'number' },
      { name: 'role', type: 'choice', options, shownWhen: "answers.why == 'x'" },
    ]

    expect(faults(items, { hours: 'ten', wy: 'x', title: 'y', role: 'phd' })).toEqual([
      { item: 'why', message: 'an answer is required' },
      { item: 'hours', message: 'expected a number, got "ten"' },
      { item: 'wy', message: 'there is no item "wy"; did you mean "why"?' },
      { item: 'title', message: 'is a heading, which takes no answer; leave it out' },
      { item: 'role', message: 'is not shown with these answers; leave it out' },
    ])
  })
})

describe('items that are shown only sometimes', () => {
  const items: FormItem[] = [
    { name: 'role', type: 'choice', options, shownWhen: '!(2 in user.loas)' },
    { name: 'thesis', type: 'text', required: true, shownWhen: "answers.role == 'phd'" },
  ]
  const shown = (answers: JsonObject, person: Values) => {
    const form = { items }
    return shownItems({ form, conditions: conditionsOf(form, []), answers, person }).map(({ name }) => name)
  }

  it.each([
    [{}, [2], []],
    [{}, [1], ['role']],
    [{ role: 'phd' }, [1], ['role', 'thesis']],
    [{ role: 'staff' }, [1], ['role']],
    // What is not shown is not answered either.
    [{ role: 'phd' }, [2], []],
  ])('answers %j of a person with levels %j show %j', (answers, loas, names) => {
    expect(shown(answers, { 'user.loas': loas })).toEqual(names)
  })

  it('are required only where they are shown', () => {
    expect(faults(items, { role: 'staff' }, { person: { 'user.loas': [1] } })).toEqual([])
    expect(faults(items, { role: 'phd' }, { person: { 'user.loas': [1] } })).toEqual([
      { item: 'thesis', message: 'an answer is required' },
    ])
  })
})

describe('the words of a form', () => {
  const items: FormItem[] = [
    {
      name: 'why',
      type: 'area',
      required: true,
      pattern: '.{5,}',
      error: { en: 'A sentence, please', cs: 'Větu, prosím' },
    },
  ]

  it.each([
    [undefined, 'A sentence, please'],
    ['cs', 'Větu, prosím'],
    ['cs-CZ', 'Větu, prosím'],
    ['de', 'A sentence, please'],
  ])('are in the language of who answers, %s: %s', (language, message) => {
    const more = language === undefined ? {} : { language }

    expect(faults(items, { why: 'so' }, more)).toEqual([
      { item: 'why', message, detail: 'expected text that matches ^(?:.{5,})$, got "so"' },
    ])
    expect(faults(items, {}, more)).toEqual([{ item: 'why', message: 'an answer is required' }])
  })
})
