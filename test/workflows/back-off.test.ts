import { describe, expect, it } from '@jest/globals'
import { backOffMs, degradedAfterMs, opensAfter, stateOf } from '../../workflows/delivery/back-off.ts'

describe('the back-off of a delivery', () => {
  it('doubles from one second to a quarter of an hour', () => {
    const waits = [1, 2, 3, 4, 10, 11, 50].map((failures) => backOffMs(failures, 0.5))

    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 512_000, 900_000, 900_000])
  })

  it('is spread by a quarter either way, within its limits', () => {
    expect([backOffMs(1, 0), backOffMs(5, 0), backOffMs(5, 1), backOffMs(20, 1)]).toEqual([
      1_000, 12_000, 20_000, 900_000,
    ])
  })

  it.each([
    { failures: opensAfter - 1, ageMs: 0, state: 'failing' },
    { failures: opensAfter, ageMs: 0, state: 'open' },
    { failures: 1, ageMs: degradedAfterMs - 1, state: 'failing' },
    { failures: 1, ageMs: degradedAfterMs, state: 'degraded' },
  ])('after $failures failures and $ageMs ms it is $state', ({ failures, ageMs, state }) => {
    expect(stateOf({ failures, sinceAt: 0 }, ageMs)).toBe(state)
  })
})
