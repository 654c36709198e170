import { expect, test } from '@jest/globals'
import { readDay } from '../../../core/sources/read-day.ts'

test.each([
  ['2027-01-31', '2027-01-31', '2027-01-31'],
  ['20270131', '2027-01-31', '2027-01-31'],
  ['2027-01-31T00:00:00', '2027-01-31', '2027-01-31'],
  ['2027-01-31 12:00', '2027-01-31', '2027-02-01'],
  ['2027-01-31T23:59:59+01:00', '2027-01-31', '2027-02-01'],
  ['2027-01-30T23:00:00Z', '2027-01-31', '2027-01-31'],
  ['2027-01-31T23:30:00.123Z', '2027-02-01', '2027-02-02'],
  ['20270131120000Z', '2027-01-31', '2027-02-01'],
  ['20270131230000.0Z', '2027-02-01', '2027-02-01'],
  ['2027013112+0200', '2027-01-31', '2027-02-01'],
  ['20271231235960Z', '2028-01-01', '2028-01-02'],
  ['31.1.2027', undefined, undefined],
  ['2027-02-30', undefined, undefined],
  ['20270230120000Z', undefined, undefined],
  ['2027-01-31T25:00:00Z', undefined, undefined],
  ['2027-01-31T12:00:00+99:00', undefined, undefined],
  ['0', undefined, undefined],
])('"%s" begins on %s and ends on %s in Prague', (text, begins, ends) => {
  const zone = 'Europe/Prague'

  expect([readDay(text, { zone, edge: 'begins' }), readDay(text, { zone, edge: 'ends' })]).toEqual([begins, ends])
})
