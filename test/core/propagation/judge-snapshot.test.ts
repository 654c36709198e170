import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { limitsOfInstance } from '../../../core/config/guard.ts'
import { judgeSnapshot } from '../../../core/propagation/judge-snapshot.ts'

const limits = { ...limitsOfInstance({}, {}), remove: 20, from: 10, people: 1_000_000 }
const whole = { lines: 1_000, given: { accounts: 1_000 } }

describe('the guard of a delivery', () => {
  it.each([
    ['a template that drops 21 % of the lines', { lines: 790, given: { accounts: 1_000 } }, 210],
    ['the same while somebody leaves', { lines: 780, given: { accounts: 990 } }, 210],
    ['a file that becomes empty', { lines: 0, given: { accounts: 1_000 } }, 1_000],
    ['a kind that is walked no longer', { lines: 700, given: {} }, 300],
  ])('holds %s', (_, now, lost) => {
    expect(judgeSnapshot(whole, now, limits)).toEqual({ lost, base: 1_000, limit: '20%' })
  })

  it.each([
    ['as much lost as the limit', { lines: 800, given: { accounts: 1_000 } }],
    ['as many people gone as lines', { lines: 790, given: { accounts: 790 } }],
    ['everybody gone', { lines: 0, given: { accounts: 0 } }],
    ['lines that are added', { lines: 2_000, given: { accounts: 1_000 } }],
    ['fewer groups, and people of them', { lines: 500, given: { accounts: 500, members: 900 } }],
  ])('lets %s through', (_, now) => {
    expect(judgeSnapshot(whole, now, limits)).toBeUndefined()
  })

  it('counts no share of what was small, and lines themselves against the number that may go', () => {
    const small = { lines: 9, given: { accounts: 9 } }
    const strict = { ...limits, people: 100 }

    expect(judgeSnapshot(small, { ...small, lines: 0 }, limits)).toBeUndefined()
    expect(judgeSnapshot(whole, { ...whole, lines: 900 }, strict)).toBeUndefined()
    expect(judgeSnapshot(whole, { ...whole, lines: 899 }, strict)).toEqual({
      lost: 101,
      base: 1_000,
      limit: '100 lines',
    })
  })

  it('never holds a snapshot of which as large a part comes out as goes in', () => {
    const size = fc.integer({ min: 0, max: 100_000 })
    fc.assert(
      fc.property(size, size, fc.integer({ min: 1, max: 5 }), (had, has, linesEach) => {
        const before = { lines: had * linesEach, given: { accounts: had } }
        const now = { lines: has * linesEach, given: { accounts: has } }

        expect(judgeSnapshot(before, now, { ...limits, remove: 0, people: 0 })).toBeUndefined()
      }),
    )
  })
})
