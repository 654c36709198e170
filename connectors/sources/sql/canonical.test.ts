import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { canonical } from './canonical.ts'
import { readPgArray } from './pg-arrays.ts'

describe('values of databases', () => {
  it.each([
    ['number', '1', '1'],
    ['number', '1.50', '1.5'],
    ['number', '-0.0', '0'],
    ['number', '0010', '10'],
    ['number', '+5', '5'],
    ['number', '1e20', '100000000000000000000'],
    ['number', '1.5e+3', '1500'],
    ['number', '-2.5E-3', '-0.0025'],
    ['number', '9007199254740993', '9007199254740993'],
    ['number', '.5', '0.5'],
    ['number', '3.', '3'],
    ['number', 'NaN', 'NaN'],
    ['number', '', ''],
    ['boolean', 't', 'true'],
    ['boolean', 'FALSE', 'false'],
    ['boolean', '1', 'true'],
    ['boolean', '0', 'false'],
    ['boolean', '2', '2'],
    ['timestamp', '2026-02-03', '2026-02-03'],
    ['timestamp', '2026-02-03 04:05:06', '2026-02-03T04:05:06'],
    ['timestamp', '2026-02-03T04:05', '2026-02-03T04:05:00'],
    ['timestamp', '2026-02-03 04:05:06.120000', '2026-02-03T04:05:06.12'],
    ['timestamp', '2026-02-03 04:05:06.000', '2026-02-03T04:05:06'],
    ['timestamp', '2026-02-03 04:05:06+02:00', '2026-02-03T02:05:06Z'],
    ['timestamp', '2026-02-03 23:05:06.5-0130', '2026-02-04T00:35:06.5Z'],
    ['instant', '2026-02-03 04:05:06+00', '2026-02-03T04:05:06Z'],
    ['instant', '2026-02-03 04:05:06', '2026-02-03T04:05:06Z'],
    ['timestamp', 'infinity', 'infinity'],
    ['time', '04:05:06.500', '04:05:06.5'],
    ['time', '04:05:06.000000', '04:05:06'],
    ['text', '1.50', '1.50'],
  ] as const)('a %s %j is told as %j', (kind, text, told) => {
    expect(canonical(kind, text)).toBe(told)
  })

  it('a number keeps its value, and is told in one way', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const told = canonical('number', String(number))

        expect(Number(told)).toBe(number === 0 ? 0 : number)
        expect(canonical('number', told)).toBe(told)
        expect(told).toMatch(/^(0|-?(0|[1-9]\d*)(\.\d*[1-9])?)$/)
      }),
    )
  })

  it.each([
    ['{}', []],
    ['{a,b}', ['a', 'b']],
    ['{NULL,"NULL",""}', ['NULL', '']],
    ['{{1,2},{3,4}}', ['1', '2', '3', '4']],
    ['[2:3]={a,b}', ['a', 'b']],
    ['{"a,b","c\\"d","e\\\\f","{g}"," h "}', ['a,b', 'c"d', 'e\\f', '{g}', ' h ']],
    ['{a b,č}', ['a b', 'č']],
    ['{a,b', undefined],
    ['{{a,b},{c}', undefined],
    ['{{a,b},{"c}', undefined],
  ] as const)('the array %s has the elements %j', (text, elements) => {
    expect(readPgArray(text)).toEqual(elements)
  })
})
