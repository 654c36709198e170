import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compileExpression } from '../../../core/expressions/compile.ts'
import { namesFor } from '../../../core/expressions/names.ts'
import type { JsonValue } from '../../../core/model/json.ts'

const names = namesFor(
  ['user'],
  [
    ['user.text', 'string'],
    ['user.list', 'array'],
  ],
)
const compile = (text: string) => compileExpression(text, { names, gives: 'boolean' })
const nested = (open: string, close: string, depth: number) => `${open.repeat(depth)}true${close.repeat(depth)}`

describe('a hostile expression', () => {
  test.each<readonly [string, string]>([
    ['a huge one', `user.text == '${'a'.repeat(3000)}'`],
    ['many parts', Array.from({ length: 600 }, () => 'true').join('&&')],
    ['deep parentheses', nested('(', ')', 900)],
    ['deep lists', `size(${nested('[', ']', 900)}) == 1`],
    ['deep negation', `${'!'.repeat(1900)}true`],
    ['deep conditions', nested('true ? ', ' : false', 100)],
    ['a long list', `1 in [${Array.from({ length: 400 }, () => '1').join(',')}]`],
    ['loops in loops', 'user.list.all(a, user.list.all(b, user.list.all(c, user.list.all(d, a == b && c == d))))'],
    ['the prototype', 'user.__proto__ == 1'],
    ['the prototype by index', "user['__proto__'] == 1"],
    ['the constructor', "user.constructor == 'x'"],
    ['a constructor called', "user.text.constructor('return process')() == 1"],
    ['a global', "globalThis == 'x'"],
    ['toString', "user.toString == 'x'"],
    ['a method of objects', "user.text.toString() == 'x'"],
    ['a function of objects', "hasOwnProperty('x')"],
    ['a variable named like the prototype', 'user.list.exists(__proto__, __proto__ == 1)'],
    ['a pattern of nested repeats', `user.text.matches('((a{1000}){1000}){1000}')`],
    ['a type', "string == 'x'"],
    ['a namespace', 'google.protobuf.Timestamp == 1'],
    ['a bomb of bindings', 'cel.bind(a, user.text + user.text, cel.bind(b, a + a, b + b)) == "x"'],
  ])('%s is refused when it is compiled', (_, text) => {
    expect(compile(text)).toEqual({ fault: expect.any(String) })
  })

  test('a pattern that would take for ever elsewhere is matched at once', () => {
    const expression = compile("user.text.matches('^(a+)+$') || user.text.matches('(a|aa)+$')")

    expect(expression).toMatchObject({ reads: ['user.text'] })
    expect('fault' in expression ? expression : expression.evaluate({ 'user.text': `${'a'.repeat(5000)}!` })).toEqual({
      kind: 'value',
      value: false,
    })
  })

  test.each<readonly [string, string]>([
    ["size(user.text.split('').map(a, user.text).join('')) > 1", 'text'],
    ['size(user.list.map(a, user.list.map(b, user.list))) > 1', 'list'],
    ['size(user.text) > 1', 'long text'],
  ])('%s stops where it would grow', (text, what) => {
    const expression = compile(text)
    const values = {
      'user.text': 'a'.repeat(what === 'long text' ? 20_000 : 5000),
      'user.list': Array.from({ length: 5000 }, () => 1),
    }

    expect('fault' in expression ? expression : expression.evaluate(values)).toEqual({
      kind: 'failed',
      message: expect.any(String),
    })
  })

  test('values that carry names of prototypes are only values', () => {
    const expression = compile("user.list == ['__proto__'] && user.text == 'constructor'")
    const values = Object.fromEntries<JsonValue>([
      ['user.list', ['__proto__']],
      ['user.text', 'constructor'],
      ['__proto__', 'x'],
    ])

    expect('fault' in expression ? expression : expression.evaluate(values)).toEqual({ kind: 'value', value: true })
  })

  test('any text is compiled or refused, and what is compiled never throws', () => {
    const word = fc.constantFrom(
      ...['user', '.', 'text', 'list', '[', ']', '(', ')', "'a'", '1', '==', '&&', '||', '!', '?', ':', ',', ' in '],
      ...[
        'exists',
        'map',
        'size',
        'has',
        'matches',
        'split',
        'join',
        'x',
        '+',
        '{',
        '}',
        '__proto__',
        'true',
        '-',
        '/',
      ],
    )
    const texts = fc.oneof(
      fc.string({ maxLength: 80, unit: 'binary' }),
      fc.array(word, { maxLength: 30 }).map((words) => words.join('')),
    )
    const values = fc.record(
      { 'user.text': fc.string(), 'user.list': fc.array(fc.oneof(fc.string(), fc.integer())) },
      { requiredKeys: [] },
    )

    fc.assert(
      fc.property(texts, values, (text, given) => {
        const expression = compile(text)
        const seen = 'fault' in expression ? typeof expression.fault : expression.evaluate(given).kind
        return ['string', 'value', 'missing', 'failed'].includes(seen)
      }),
      { numRuns: 2000 },
    )
  })
})
