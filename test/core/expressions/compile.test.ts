import { describe, expect, test } from '@jest/globals'
import { compileExpression, type Values } from '../../../core/expressions/compile.ts'
import { namesFor, type AttributeType } from '../../../core/expressions/names.ts'
import type { JsonValue } from '../../../core/model/json.ts'

const names = namesFor(
  ['user', 'member'],
  [
    ['user.affiliation', 'string'],
    ['user.level', 'integer'],
    ['user.active', 'boolean'],
    ['user.tags', 'array'],
    ['user.phones', 'map'],
    ['user.unix-name', 'string'],
    ['member.role', 'string'],
    ['facility.shells', 'array'],
  ],
)

const ada: Values = {
  'user.affiliation': 'staff',
  'user.level': 3,
  'user.active': true,
  'user.tags': ['radio', 'optics', 7],
  'user.phones': { home: '1', work: '22' },
  'user.unix-name': 'ada',
  'user.email': 'ada@example.org',
  'user.identities': ['idp/ada', 'github/ada'],
  'user.loas': [1, 2],
  'user.groups': ['astro/board', 'astro/telescope:operators'],
}

function evaluate(text: string, gives: AttributeType, values: Values = ada): unknown {
  const expression = compileExpression(text, { names, gives })
  if ('fault' in expression) return expression.fault
  const outcome = expression.evaluate(values)
  return outcome.kind === 'value' ? outcome.value : outcome
}

describe('an expression', () => {
  test.each<readonly [string, AttributeType, JsonValue]>([
    ["user.affiliation == 'staff'", 'boolean', true],
    ["user.affiliation != 'staff'", 'boolean', false],
    ['user.level >= 3 && user.active', 'boolean', true],
    ['2 in user.loas', 'boolean', true],
    ['!(2 in user.loas)', 'boolean', false],
    ["'astro/board' in user.groups", 'boolean', true],
    ["user.identities.exists(i, i.startsWith('idp/'))", 'boolean', true],
    ["user.groups.all(g, g.startsWith('astro/'))", 'boolean', true],
    ["'radio' in user.tags", 'boolean', true],
    ["user.tags.exists(t, t == 'optics')", 'boolean', true],
    ["user.phones.work == '22'", 'boolean', true],
    ["user['unix-name'] == 'ada'", 'boolean', true],
    ["user.email.matches('(?i)^ADA@')", 'boolean', true],
    ["user.identities.exists(i, i.matches('(?i)^IDP/'))", 'boolean', true],
    ["user.email.split('@')[0]", 'string', 'ada'],
    ["user.email.substring(0, user.email.indexOf('@')).upperAscii()", 'string', 'ADA'],
    ["user.identities.map(i, i.split('/')[1]).join(',')", 'string', 'ada,ada'],
    ["user.groups.filter(g, g.contains(':'))", 'array', ['astro/telescope:operators']],
    ["has(member.role) ? member.role : 'none'", 'string', 'none'],
    ['user.level * 2 + 1', 'integer', 7],
    ["{'mail': user.email}", 'map', { mail: 'ada@example.org' }],
    ['size(user.tags)', 'integer', 3],
    ["user.tags[0] + '!'", 'string', 'radio!'],
    ["member.role == 'x' || user.active", 'boolean', true],
    ["'ÄB'.lowerAscii()", 'string', 'Äb'],
  ])('%s of %s', (text, gives, value) => {
    expect(evaluate(text, gives)).toEqual(value)
  })

  test('lists what it reads', () => {
    const expression = compileExpression("has(member.role) && user['email'] == 'x' && size(user.groups) > 0", {
      names,
      gives: 'boolean',
    })

    expect(expression).toMatchObject({ reads: ['member.role', 'user.email', 'user.groups'] })
  })

  test.each([
    ["user.affiliation == 'staff'", 'boolean'],
    ['user.tags[0] == user.tags[1]', 'boolean'],
    ["user.phones.home == '1'", 'boolean'],
    ["member.role + 'x'", 'string'],
  ] as const)('%s is missing where an attribute is', (text, gives) => {
    expect(evaluate(text, gives, {})).toEqual({ kind: 'missing' })
  })

  test.each([
    ["user.email.split('@')[5]", 'string', 'no such key: index out of bounds, index 5 >= size 2'],
    ['user.level / 0', 'integer', 'it divides by zero'],
    ['int(user.email)', 'integer', 'int() type error: cannot convert to int'],
    ['user.level * 4000000000000000000', 'integer', 'a number is too large'],
    ['user.level + 9007199254740990', 'integer', 'it gives no value'],
  ] as const)('%s of %s fails with a reason', (text, gives, message) => {
    expect(evaluate(text, gives)).toEqual({ kind: 'failed', message })
  })
})

describe('a wrong expression', () => {
  test.each<readonly [string, string]>([
    [
      "user.affilation == 'staff'",
      `there is no attribute "user.affilation"; did you mean "user.affiliation"? (at character 1 of "user.affilation == 'staff'")`,
    ],
    [
      "usr.email == 'x'",
      `there is no "usr"; names begin with user. or member., and text stands in quotes (at character 1 of "usr.email == 'x'")`,
    ],
    [
      'user.affiliation == staff',
      `there is no "staff"; names begin with user. or member., and text stands in quotes (at character 21 of "user.affiliation == staff")`,
    ],
    [
      'user.affiliation == 1',
      `cannot compute "string == int": these types do not go together (at character 1 of "user.affiliation == 1")`,
    ],
    ['user.affiliation', 'expected an expression that gives true or false, got one that gives string'],
    ['user.tags[0]', 'expected an expression that gives true or false, got one that gives dyn'],
    ['user', `expected one attribute, such as user.name (at character 1 of "user")`],
    ['user == user', `expected one attribute, such as user.name (at character 1 of "user == user")`],
    [
      "user.email.startWith('a')",
      `there is no function "startWith"; did you mean "startsWith"? (at character 1 of "user.email.startWith('a')")`,
    ],
    [
      'user.email.startsWith(1)',
      `cannot call 'string.startsWith(int)'; expected text.startsWith(text) (at character 1 of "user.email.startsWith(1)")`,
    ],
    [
      'user.email.matches(1)',
      `expected a pattern in quotes, such as matches('^[a-z]+$') (at character 1 of "user.email.matches(1)")`,
    ],
    [
      'user.email.matches(user.affiliation)',
      `expected a pattern in quotes, such as matches('^[a-z]+$') (at character 1 of "user.email.matches(user.affiliation)")`,
    ],
    [
      "user.email.matches('(a')",
      `expected a pattern in RE2 syntax, got "(a" (at character 20 of "user.email.matches('(a')")`,
    ],
    [
      "user.email.matches('(a)\\\\1')",
      `expected a pattern in RE2 syntax, got "(a)\\1" (at character 20 of "user.email.matches('(a)\\\\1')")`,
    ],
    ['user.email ==', 'unexpected token: EOF (at character 14 of "user.email ==")'],
    ['', 'unexpected token: EOF (at character 1 of "")'],
    [
      'cel.bind(x, user.email, x) == "a"',
      `there is no function "bind" (at character 1 of "cel.bind(x, user.email, x) == "a"")`,
    ],
    ['type(user.email) == string', `there is no function "type" (at character 1 of "type(user.email) == string")`],
    [
      'user.email.guildhallMatches("a")',
      `there is no function "guildhallMatches" (at character 1 of "user.email.guildhallMatches("a")")`,
    ],
    [
      "facility.shells == ['x']",
      `there is no "facility"; names begin with user. or member., and text stands in quotes (at character 1 of "facility.shells == ['x']")`,
    ],
  ])('%s', (text, fault) => {
    expect(compileExpression(text, { names, gives: 'boolean' })).toEqual({ fault })
  })
})
