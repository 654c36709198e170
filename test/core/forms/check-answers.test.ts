import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { answersSchema } from '../../../core/forms/answers-schema.ts'
import { answerFaults, shownItems } from '../../../core/forms/check-answers.ts'
import { conditionsOf } from '../../../core/forms/expressions.ts'
import { itemTypes } from '../../../core/forms/items.ts'
import type { Values } from '../../../core/expressions/compile.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import type { FormItem } from '../../../schemas/generated/config.ts'

function faults(items: readonly FormItem[], answers: JsonObject, person: Values = {}) {
  const form = { items: [...items] }
  const compileSchema = (schema: JsonObject) => compileCheck(schema)
  return answerFaults({ form, conditions: conditionsOf(form, []), answers, person, compileSchema, termsVersion: '7' })
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
  [{ type: 'text' }, ''],
]

const bad: readonly (readonly [Omit<FormItem, 'name'>, JsonValue, string])[] = [
  [{ type: 'text' }, 'two\nlines', 'expected one line of printable text, got "two\\nlines"'],
  [{ type: 'text' }, 7, 'expected one line of printable text, got the number 7'],
  [{ type: 'text', required: true }, '', 'an answer is required'],
  [{ type: 'text', pattern: '[a-z]+' }, 'abc1', 'expected text that matches ^(?:[a-z]+)$, got "abc1"'],
  [{ type: 'text', maxLength: 2 }, 'abc', 'expected at most 2 characters, got "abc"'],
  [{ type: 'area' }, 'a\u202Eb', 'expected printable text, got "a\\u202eb"'],
  [{ type: 'number', whole: true }, 1.5, 'expected a whole number, got the number 1.5'],
  [{ type: 'number', minimum: 2 }, 1, 'expected a number of at least 2, got the number 1'],
  [{ type: 'date' }, '2027-02-29', 'expected a day of the calendar such as "2027-02-01", got "2027-02-29"'],
  [{ type: 'date', latest: '2027-01-01' }, '2027-01-02', 'expected a day up to 2027-01-01, got "2027-01-02"'],
  [{ type: 'choice', options }, 'phdd', 'expected "phd", "staff", got "phdd"; did you mean "phd"?'],
  [{ type: 'multi-choice', options }, ['phd', 'phd'], 'expected a list without repetition, got a list'],
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
    expect(faults(items, { role: 'staff' }, { 'user.loas': [1] })).toEqual([])
    expect(faults(items, { role: 'phd' }, { 'user.loas': [1] })).toEqual([
      { item: 'thesis', message: 'an answer is required' },
    ])
  })
})

describe('the schema of the answers', () => {
  it('says what is required whatever else is answered, with labels and help', () => {
    const items: FormItem[] = [
      { name: 'why', type: 'text', required: true, label: { en: 'Why', cs: 'Proč' }, help: { en: 'A line' } },
      { name: 'more', type: 'checkbox', required: true, shownWhen: "answers.why == 'x'" },
    ]

    const { properties, required } = answersSchema({ items }, { termsVersion: undefined })

    expect(required).toEqual(['why'])
    expect(properties).toMatchObject({
      why: { title: 'Why', description: 'A line', minLength: 1 },
      more: { const: true },
    })
  })

  it('can be compiled for every type of item', () => {
    fc.assert(
      fc.property(fc.subarray([...itemTypes]), (types) => {
        const items = types.map((type, index): FormItem => ({ name: `i${index}`, type, options, groups: ['g'] }))
        expect(compileCheck(answersSchema({ items }, { termsVersion: '1' }))).toBeInstanceOf(Function)
      }),
    )
  })
})
