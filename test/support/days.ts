import fc from 'fast-check'

const dayMs = 86_400_000

/** Every day of a hundred years, one after the other. */
const days = Array.from({ length: 36_525 }, (_, index) =>
  new Date(Date.UTC(1980, 0, 1) + index * dayMs).toISOString().slice(0, 10),
)
const places = new Map(days.map((day, index) => [day, index]))

/** A day of the years around now, month ends and leap days often among them. */
export const anyDay = fc.oneof(
  fc.integer({ min: 0, max: 60 * 366 }).map((count) => step('2000-01-01', count)),
  fc
    .record({ year: fc.integer({ min: 2000, max: 2060 }), month: fc.integer({ min: 1, max: 12 }) })
    .map(({ year, month }) => step(`${year}-${String(month).padStart(2, '0')}-01`, -1)),
)

/** A yearly day; 29 February and the ends of months often. */
export const anyYearlyDay = fc.oneof(
  anyDay.map((day) => day.slice(5)),
  fc.constantFrom('02-28', '02-29', '03-01', '01-01', '12-31'),
)

/** A length of time by its parts, as rules write it and as an oracle walks it. */
export const anyLength = fc.oneof(
  fc.integer({ min: 0, max: 40 }).map((months) => ({ text: `P${months}M`, months, days: 0 })),
  fc.integer({ min: 0, max: 3 }).map((years) => ({ text: `P${years}Y`, months: years * 12, days: 0 })),
  fc.integer({ min: 0, max: 60 }).map((weeks) => ({ text: `P${weeks}W`, months: 0, days: weeks * 7 })),
  fc.integer({ min: 0, max: 500 }).map((days) => ({ text: `P${days}D`, months: 0, days })),
  fc
    .record({ months: fc.integer({ min: 0, max: 14 }), days: fc.integer({ min: 0, max: 40 }) })
    .map(({ months, days }) => ({ text: `P${months}M${days}D`, months, days })),
)

/** The day so many days later. */
export function step(from: string, count: number): string {
  const found = days[(places.get(from) ?? NaN) + count]
  if (found === undefined) throw new RangeError(`${from} and ${count} days is beyond these hundred years`)
  return found
}

interface Length {
  readonly months: number
  readonly days: number
}

/** Walks day by day: through so many changes of the month, on to the same day of the month or its end, then the days. */
export function walk(from: string, length: Length, direction: 1 | -1): string {
  let at = from
  for (let changes = 0; changes < length.months; at = step(at, direction)) {
    if (monthOf(at) !== monthOf(step(at, direction))) changes += 1
  }
  if (length.months > 0) at = sameDayOfMonth(at, from.slice(8))
  for (let left = length.days; left > 0; left -= 1) at = step(at, direction)
  return at
}

function sameDayOfMonth(inMonth: string, dayOfMonth: string): string {
  let at = inMonth
  while (at.slice(8) !== '01') at = step(at, -1)
  while (at.slice(8) !== dayOfMonth && monthOf(step(at, 1)) === monthOf(at)) at = step(at, 1)
  return at
}

/** Walks day by day to the next yearly day; on 28 February a year without the 29th has its leap day. */
export function walkToYearlyDay(yearly: string, after: string): string {
  let at = step(after, 1)
  while (!isYearly(yearly, at)) at = step(at, 1)
  return at
}

function isYearly(yearly: string, day: string): boolean {
  if (day.slice(5) === yearly) return true
  return yearly === '02-29' && day.endsWith('-02-28') && step(day, 1).endsWith('-03-01')
}

function monthOf(day: string): string {
  return day.slice(0, 7)
}
