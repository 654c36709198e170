import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { depthOf, dnKey, formatDn, parentKey, parseDn } from './dn.ts'
import type { DistinguishedName } from './dn.ts'
import { escapeDnValue } from './escape.ts'

const parse = (text: string): DistinguishedName => parseDn(text, (problem) => new Error(problem))

describe('a distinguished name', () => {
  it.each<[string, DistinguishedName]>([
    ['ou=astro', [[{ type: 'ou', value: 'astro' }]]],
    ['ou = astro , dc = org', [[{ type: 'ou', value: 'astro' }], [{ type: 'dc', value: 'org' }]]],
    ['cn=Lovelace\\, Ada', [[{ type: 'cn', value: 'Lovelace, Ada' }]]],
    ['cn=\\ \\20a\\20\\ ', [[{ type: 'cn', value: '  a  ' }]]],
    ['cn=\\c3\\a9', [[{ type: 'cn', value: 'é' }]]],
    ['cn=', [[{ type: 'cn', value: '' }]]],
    ['cn=a=b', [[{ type: 'cn', value: 'a=b' }]]],
    ['2.5.4.3=#0403', [[{ type: '2.5.4.3', value: '#0403', encoded: true }]]],
    [
      'uid=a+ou=b,c=d',
      [
        [
          { type: 'uid', value: 'a' },
          { type: 'ou', value: 'b' },
        ],
        [{ type: 'c', value: 'd' }],
      ],
    ],
  ])('%j is understood', (text, name) => {
    expect(parse(text)).toEqual(name)
  })

  it.each([
    ['', 'expected an attribute such as "ou" at its end'],
    ['astro', 'expected "=" at its end'],
    ['ou=a,', 'expected an attribute such as "ou" at its end'],
    ['ou=a;ou=b', 'expected a character, or "\\" before a special one at character 5'],
    ['ou="a"', 'expected a character, or "\\" before a special one at character 4'],
    ['ou=\\z', 'expected a character, or "\\" before a special one at character 4'],
    ['ou=\\ff', 'expected a value in UTF-8 at its end'],
    ['ou=a\0', 'expected a character, or "\\" before a special one at character 5'],
  ])('%j is refused, and why', (text, problem) => {
    expect(() => parse(text)).toThrow(new Error(problem))
  })

  it('with an escaped value in it has exactly this value, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const name = [[{ type: 'cn', value }], [{ type: 'dc', value: 'org' }]]

        expect(parse(`cn=${escapeDnValue(value)},dc=org`)).toEqual(name)
        expect(parse(formatDn(name))).toEqual(name)
      }),
    )
  })

  it.each([
    ['uid=ada,dc=org', 'UID=Ada,DC=ORG'],
    ['uid=ada,dc=org', 'uid=ada, dc=org'],
    ['cn=Ada King Lovelace,dc=org', 'CN= ada  KING lovelace , dc=org'],
    ['cn=Lovelace\\, Ada,dc=org', 'CN=lovelace\\2C  Ada, dc=org'],
    ['uid=a+ou=b,dc=org', 'ou=b+uid=a,dc=org'],
    ['cn=É,dc=org', 'cn=\\c3\\a9,dc=org'],
    ['cn=Ada=B,dc=org', 'cn=ada\\=b,dc=org'],
    [`${'cn=ada'.repeat(40)}+cn=x`, `${'cn=ADA'.repeat(40).replace('=', ' = ')}+cn=X`],
  ])('%j and %j are one name', (one, other) => {
    expect(dnKey(one)).toBe(dnKey(other))
  })

  it.each([',', '+', '=', '"', '#zz', ' ', ',cn', ';', '\0', '\\5', 'cn=#04', 'cn=a+', 'cn=a,,dc=b', '+cn=a', '=a'])(
    'with %j at its end nothing is made of it but itself',
    (end) => {
      const text = `${'cn=aa'.repeat(60)}${end}\\`

      expect(dnKey(text)).toBe(text)
    },
  )

  it.each([
    ['cn=a\\,b=c,dc=org', 'cn=a,b=c,dc=org'],
    ['cn=a\\+b=c', 'cn=a+b=c'],
    ['uid=a,dc=org', 'uid=a,dc=com'],
    ['not a name', 'not  a name'],
  ])('%j and %j are two', (one, other) => {
    expect(dnKey(one)).not.toBe(dnKey(other))
  })

  it.each([
    ['uid=ada,ou=people,dc=org', 'ou=people,dc=org', 3],
    ['cn=a\\,b=c,dc=org', 'dc=org', 2],
    ['cn=a\\\\,dc=org', 'dc=org', 2],
    ['dc=org', '', 1],
    ['', '', 0],
  ])('%j lies right below %j', (key, parent, depth) => {
    expect([parentKey(key), depthOf(key)]).toEqual([parent, depth])
  })
})
