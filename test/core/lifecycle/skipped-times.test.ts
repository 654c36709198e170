import { describe, expect, it } from '@jest/globals'
import { skippedTimes } from '../../../core/lifecycle/skipped-times.ts'

const from = new Date('2026-11-27T17:00:00Z')

describe('times that clocks leave out', () => {
  it.each([
    ['Europe/Prague', [{ day: '2027-03-28', from: '02:00', to: '03:00' }]],
    ['America/New_York', [{ day: '2027-03-14', from: '02:00', to: '03:00' }]],
    ['Australia/Lord_Howe', [{ day: '2027-10-03', from: '02:00', to: '02:30' }]],
    ['Asia/Tokyo', []],
    ['UTC', []],
  ])('are listed for a year in %s', (zone, times) => {
    expect(skippedTimes(zone, from, 366)).toEqual(times)
  })
})
