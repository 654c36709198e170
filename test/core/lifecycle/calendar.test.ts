import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { durationOf, isDay, minus, nextYearlyDay, plus } from '../../../core/lifecycle/calendar.ts'
import { anyDay, anyLength, anyYearlyDay, walk, walkToYearlyDay } from '../../support/days.ts'

describe('days', () => {
  it.each(['2026-11-22', '2024-02-29', '2000-02-29', '0001-01-01', '9999-12-31'])('%s is one', (text) => {
    expect(isDay(text)).toBe(true)
  })

  it.each([
    '2025-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '0000-01-01',
    '1.1.2026',
  ])('%s is none', (text) => expect(isDay(text)).toBe(false))
})

describe('durations', () => {
  it.each([
    ['P1Y', { months: 12, days: 0 }],
    ['P1Y6M', { months: 18, days: 0 }],
    ['P2W3D', { months: 0, days: 17 }],
    ['P0D', { months: 0, days: 0 }],
    ['P1Y2M3W4D', { months: 14, days: 25 }],
  ])('%s is read', (text, expected) => {
    expect(durationOf(text)).toEqual(expected)
  })

  it.each(['', 'P', '1Y', 'P1', 'PT1H', 'P1DT1H', 'P1D1M', '-P1D', 'P-1D', 'P1.5Y', '+1day', 'p1y'])(
    '%j is refused with one that is right',
    (text) => expect(() => durationOf(text)).toThrow(/is no duration: expected .* "P6M"/),
  )
})

describe('calculating with days', () => {
  it('arrives where walking day by day arrives, at leap days and month ends too', () => {
    fc.assert(
      fc.property(anyDay, anyLength, (day, length) => {
        const duration = durationOf(length.text)

        expect([plus(day, duration), minus(day, duration)]).toEqual([walk(day, length, 1), walk(day, length, -1)])
      }),
      { numRuns: 500 },
    )
  })

  it('finds the yearly day that walking day by day finds', () => {
    fc.assert(
      fc.property(anyYearlyDay, anyDay, (yearly, day) => {
        expect(nextYearlyDay(yearly, day)).toBe(walkToYearlyDay(yearly, day))
      }),
      { numRuns: 500 },
    )
  })

  it('ends with the calendar', () => {
    const ages = durationOf('P9999Y')

    expect([plus('2026-11-22', ages), minus('2026-11-22', ages)]).toEqual(['9999-12-31', '0001-01-01'])
  })

  it.each(['13-01', '02-30', '1-1', '2026-01-01', ''])('%j is no yearly day', (yearly) => {
    expect(() => nextYearlyDay(yearly, '2026-11-22')).toThrow(RangeError)
  })
})
