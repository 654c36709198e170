import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { escapeFilterValue } from './escape.ts'
import { parseFilter } from './filter.ts'
import type { LdapFilter } from './filter.ts'

const parse = (text: string): LdapFilter => parseFilter(text, (problem) => new Error(problem))
const equal = (attribute: string, value: string | Buffer): LdapFilter => ({
  kind: 'equal',
  attribute,
  value: Buffer.from(value),
})

describe('a filter', () => {
  it.each<[string, LdapFilter]>([
    ['(uid=ada)', equal('uid', 'ada')],
    ['(cn=)', equal('cn', '')],
    ['(cn=Ada Lovelace )', equal('cn', 'Ada Lovelace ')],
    ['(cn;lang-de=Ada)', equal('cn;lang-de', 'Ada')],
    ['(2.5.4.3=Ada)', equal('2.5.4.3', 'Ada')],
    ['(cn=\\c3\\a9\\2a)', equal('cn', 'é*')],
    ['(objectGUID=\\ff\\00)', equal('objectGUID', Buffer.from('ff00', 'hex'))],
    ['(cn=*)', { kind: 'present', attribute: 'cn' }],
    ['(cn=a*)', { kind: 'substrings', attribute: 'cn', initial: 'a', any: [], final: '' }],
    ['(cn=*\\2a*b)', { kind: 'substrings', attribute: 'cn', initial: '', any: ['*'], final: 'b' }],
    ['(age>=7)', { kind: 'atLeast', attribute: 'age', value: '7' }],
    ['(age<=7)', { kind: 'atMost', attribute: 'age', value: '7' }],
    ['(cn~=ada)', { kind: 'like', attribute: 'cn', value: 'ada' }],
    ['(cn:caseExactMatch:=Ada)', { kind: 'rule', attribute: 'cn', rule: 'caseExactMatch', ofDn: false, value: 'Ada' }],
    ['(ou:dn:=Sales)', { kind: 'rule', attribute: 'ou', rule: '', ofDn: true, value: 'Sales' }],
    ['(&)', { kind: 'and', filters: [] }],
    [
      '(&\n  (a=1)\n  (|(b=2)(!(c=3)))\n)',
      {
        kind: 'and',
        filters: [
          equal('a', '1'),
          { kind: 'or', filters: [equal('b', '2'), { kind: 'not', filter: equal('c', '3') }] },
        ],
      },
    ],
  ])('%j is understood', (text, filter) => {
    expect(parse(text)).toEqual(filter)
  })

  it.each([
    ['', 'expected "(" at its end'],
    ['uid=ada', 'expected "(" at character 1'],
    ['(uid=ada', 'expected ")" at its end'],
    ['(uid=ada))', 'expected the end at character 10'],
    ['(uid=a)(uid=b)', 'expected the end at character 8'],
    ['(&(uid=a)', 'expected ")" at its end'],
    ['(uid=a(b)', 'expected ")" at character 7'],
    ['(uid=\\2)', 'expected "\\" and two hexadecimal digits at character 6'],
    ['(uid=a\0)', 'expected ")" at character 7'],
    ['(u id=a)', 'expected "=", ">=", "<=" or "~=" at character 3'],
    ['(cn=a**b)', 'expected something between "*" and "*" at character 9'],
    ['(cn>=a*)', 'expected ")" at character 7'],
    ['(cn=\\ff*)', 'expected a value in UTF-8 at character 8'],
    ['(:=a)', 'expected an attribute or a rule before ":=" at character 4'],
    ['('.repeat(3), 'expected an attribute such as "uid" at character 2'],
    [`${'(!'.repeat(200)}(a=b)${')'.repeat(200)}`, 'expected at most 100 filters in each other at character 203'],
  ])('%j is refused, and why', (text, problem) => {
    expect(() => parse(text)).toThrow(new Error(problem))
  })

  it('with an escaped value in it asks for exactly this value, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        expect(parse(`(&(cn=${escapeFilterValue(value)})(a=b))`)).toEqual({
          kind: 'and',
          filters: [equal('cn', value), equal('a', 'b')],
        })
      }),
    )
  })
})
