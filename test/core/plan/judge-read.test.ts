import { describe, expect, it } from '@jest/globals'
import { judgeRead, type ReadNumbers } from '../../../core/plan/judge-read.ts'

const limits = { shrink: 10, missing: 5, from: 10 }
const usual: ReadNumbers = {
  ...{ source: 'hr', place: 'vo astro', named: 100, namedBefore: 100, held: 100 },
  ...{ mayBeEmpty: false, lacking: { records: 100, fields: {} }, exchanged: 0 },
}
const codesOf = (numbers: Partial<ReadNumbers>): readonly string[] =>
  judgeRead({ ...usual, ...numbers }, limits).map(({ code }) => code)

describe('a read', () => {
  it.each([
    ['of as many as before', {}, []],
    ['of nobody where nobody is', { named: 0, held: 0 }, []],
    ['of nobody where one is', { named: 0, held: 1 }, ['source-empty']],
    ['of nobody where nobody may be left', { named: 0, mayBeEmpty: true }, []],
    ['of nobody, the first one', { named: 0, namedBefore: undefined }, ['source-empty']],
    ['of one, the first one', { named: 1, namedBefore: undefined }, []],
    ['of exactly nine in ten', { named: 90 }, []],
    ['of one fewer than nine in ten', { named: 89 }, ['source-shrank']],
    ['of nine where ten were', { named: 9, namedBefore: 10 }, []],
    ['of eight where ten were', { named: 8, namedBefore: 10 }, ['source-shrank']],
    ['of one where nine were', { named: 1, namedBefore: 9 }, []],
    ['of many more', { named: 1_000 }, []],
    ['that lacks a field in exactly 5 %', { lacking: { records: 100, fields: { mail: 5 } } }, []],
    ['that lacks a field in more', { lacking: { records: 100, fields: { mail: 6 } } }, ['source-lacks-field']],
    ['that lacks a field in nine records', { lacking: { records: 9, fields: { mail: 9 } } }, []],
    ['that lacks a field in one of ten', { lacking: { records: 10, fields: { mail: 1 } } }, ['source-lacks-field']],
    ['that says of one what it said of another', { exchanged: 1 }, ['source-swaps-people']],
    ['without a record', { lacking: { records: 0, fields: { mail: 0 } } }, []],
  ] as const)('%s', (_, numbers, codes) => {
    expect(codesOf(numbers)).toEqual(codes)
  })
})
