import { describe, expect, it, jest } from '@jest/globals'
import { compilePattern } from '../../../core/expressions/functions.ts'
import { answerFaults } from '../../../core/forms/check-answers.ts'
import { asksFor, itemTypes, type ItemType } from '../../../core/forms/items.ts'
import { canBeKept } from '../../../core/model/can-be-kept.ts'
import type { JsonObject, JsonValue } from '../../../core/model/json.ts'
import { isOneLine } from '../../../core/model/one-line.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import type { FormItem } from '../../../schemas/generated/config.ts'
import { evilPatterns, evilText, injections } from '../../support/hostile.ts'

function faults(item: FormItem, answer: JsonValue) {
  const form = { items: [item] }
  return answerFaults({
    ...{
      form,
      conditions: { shownWhen: new Map(), autoWhen: undefined },
      answers: { [item.name]: answer },
      person: {},
    },
    ...{ compileSchema: (schema: JsonObject) => compileCheck(schema), termsVersion: '7', filled: new Map() },
  })
}

const needs: Partial<Readonly<Record<ItemType, Partial<FormItem>>>> = {
  choice: { options: [{ value: 'phd' }] },
  'multi-choice': { options: [{ value: 'phd' }] },
  login: { fills: 'user.login' },
  group: { groups: ['telescope'] },
}

const itemOf = (type: ItemType): FormItem => ({ name: 'it', type, ...needs[type] })

/** The ways in which a text can be an answer to an item. */
function answersWith(type: ItemType, text: string): readonly JsonValue[] {
  if (type === 'map') return [{ [text]: 'x' }, { x: text }]
  return type === 'list' || type === 'multi-choice' || type === 'group' ? [[text]] : [text]
}

/** What nothing obeys that is read line by line; an area may have lines and columns. */
function isInert(type: ItemType, answer: JsonValue): boolean {
  if (typeof answer === 'string') return isOneLine(type === 'area' ? answer.replaceAll(/[\n\t]/g, ' ') : answer)
  if (typeof answer !== 'object' || answer === null) return true
  return Object.entries(answer).every(([key, inner]) => isOneLine(key) && isInert(type, inner))
}

const takesText: readonly ItemType[] = ['text', 'area', 'list', 'map']

it('there are thirty evil patterns and eighty injections', () => {
  expect([new Set(evilPatterns.map(({ pattern }) => pattern)).size, new Set(injections).size]).toEqual([30, 80])
})

describe.each(itemTypes.filter(asksFor))('an injection as the answer to an item of type %s', (type) => {
  it('is refused by the name of the item, in words on one line, or it is inert', () => {
    for (const text of injections)
      for (const answer of answersWith(type, text)) {
        const found = faults(itemOf(type), answer)

        if (found.length === 0) expect([answer, isInert(type, answer) && canBeKept(answer)]).toEqual([answer, true])
        for (const { item, message } of found) expect([item, isOneLine(message)]).toEqual(['it', true])
      }
  })

  it(`is ${takesText.includes(type) ? 'text' : 'never taken, but as an odd login'}`, () => {
    const taken = injections.filter((text) =>
      answersWith(type, text).every((answer) => faults(itemOf(type), answer).length === 0),
    )

    expect(taken.includes('<script>alert(1)</script>')).toBe(takesText.includes(type))
    if (!takesText.includes(type)) expect(taken).toEqual(takenBy[type] ?? [])
  })
})

/** A name that is odd, and nothing else. */
const takenBy: Partial<Readonly<Record<ItemType, readonly string[]>>> = { login: ['__proto__', 'constructor'] }

const hidden = ['\0', '\u0007', '\u001b[2J', '\u0085', '\u009b2J', '\u200b', '\u202e', '\u2066', '\ufeff', '\ud800']

it.each(hidden.map((text) => [JSON.stringify(text), text]))('an address has no %s in it', (_, text) => {
  const item = itemOf('verified-email')

  expect(faults(item, `ada${text}@example.org`).map(({ item: name }) => name)).toEqual(['it'])
  expect(faults(item, `ada@example${text}.org`).map(({ item: name }) => name)).toEqual(['it'])
})

describe('an evil pattern', () => {
  it.each(evilPatterns)('$pattern is tried by no engine that tracks back', (evil) => {
    const tried = new Set<string>()
    const original = Reflect.get(RegExp.prototype, 'exec')
    const spy = jest.spyOn(RegExp.prototype, 'exec').mockImplementation(function (this: RegExp, text: string) {
      tried.add(this.source)
      return original.call(this, text)
    })
    try {
      expect(compilePattern(evil.pattern)).toBeDefined()
      const item: FormItem = { ...itemOf('area'), pattern: evil.pattern }
      faults(item, evilText(evil, 5_000))
      faults({ ...item, type: 'text' }, evilText(evil, 1_000))
      faults({ ...item, type: 'list' }, [evilText(evil, 1_000)])
      const check = compileCheck({ type: 'string', pattern: evil.pattern })
      expect(typeof check === 'function' && check(evilText(evil, 5_000)).length <= 1).toBe(true)
    } finally {
      spy.mockRestore()
    }

    expect([...tried].filter((source) => source.includes(evil.pattern))).toEqual([])
    expect(tried.size).toBeGreaterThan(0)
  })

  it.each([String.raw`(a+)\1`, '(?=a)b', '(?!a)b', '(?<=a)b', '(?<!a)b', '(?>a+)b', String.raw`(?<n>a)\k<n>`])(
    'that only such an engine knows is none: %s',
    (pattern) => {
      expect(compilePattern(pattern)).toBeUndefined()
      expect(compileCheck({ type: 'string', pattern })).toMatchObject({ code: 'value-invalid' })
    },
  )
})
