/** A day as `YYYY-MM-DD`, from 0001-01-01 to 9999-12-31; days compare as texts. */
export type Day = string

/** A length of time in calendar units. */
export interface Duration {
  readonly months: number
  readonly days: number
}

interface DayParts {
  readonly year: number
  readonly month: number
  readonly day: number
}

const dayForm = /^(\d{4})-(\d{2})-(\d{2})$/
const durationForm = /^P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?$/
const firstDay = '0001-01-01'
const lastDay = '9999-12-31'

/** Tells whether a text is a day of the calendar. */
export function isDay(text: string): boolean {
  return partsOf(text) !== undefined
}

/** Reads an ISO 8601 duration of years, months, weeks and days; throws where the text is none. */
export function durationOf(text: string): Duration {
  const found = durationForm.exec(text)
  if (found === null) throw new RangeError(`"${text}" is no duration: expected one of whole days such as "P6M"`)
  const [years = 0, months = 0, weeks = 0, days = 0] = found.slice(1).map((part) => Number(part || 0))
  return { months: years * 12 + months, days: weeks * 7 + days }
}

/** Adds a duration: months first, clamped to the month's end, then days; what lies beyond the calendar is its last day. */
export function plus(day: Day, { months, days }: Duration): Day {
  return shiftDays(shiftMonths(day, months), days)
}

/** Takes a duration away: months first, clamped to the month's end, then days; what lies before the calendar is its first day. */
export function minus(day: Day, { months, days }: Duration): Day {
  return shiftDays(shiftMonths(day, -months), -days)
}

/** Tells the next yearly day `MM-DD` strictly after a day; `02-29` is 28 February in common years. */
export function nextYearlyDay(yearly: string, after: Day): Day {
  // A leap year knows every yearly day.
  const parts = partsOf(`2024-${yearly}`)
  if (parts === undefined) throw new RangeError(`"${yearly}" is no yearly day: expected one such as "01-01"`)
  const { month, day } = parts
  const { year } = mustBeDay(after)
  const inThisYear = clamped({ year, month, day })
  return inThisYear > after ? inThisYear : clamped({ year: year + 1, month, day })
}

function shiftMonths(day: Day, months: number): Day {
  const parts = mustBeDay(day)
  const moved = parts.year * 12 + parts.month - 1 + months
  const year = Math.floor(moved / 12)
  return clamped({ year, month: moved - year * 12 + 1, day: parts.day })
}

function shiftDays(day: Day, days: number): Day {
  const parts = mustBeDay(day)
  const moved = new Date(0)
  moved.setUTCFullYear(parts.year, parts.month - 1, parts.day + days)
  return written({ year: moved.getUTCFullYear(), month: moved.getUTCMonth() + 1, day: moved.getUTCDate() })
}

/** The day itself, or the last one of a month that is too short. */
function clamped({ year, month, day }: DayParts): Day {
  return written({ year, month, day: Math.min(day, daysIn(year, month)) })
}

function written({ year, month, day }: DayParts): Day {
  if (year < 1) return firstDay
  if (year > 9999) return lastDay
  return [String(year).padStart(4, '0'), String(month).padStart(2, '0'), String(day).padStart(2, '0')].join('-')
}

function mustBeDay(text: string): DayParts {
  const parts = partsOf(text)
  if (parts === undefined) throw new RangeError(`"${text}" is no day: expected one such as "2027-01-31"`)
  return parts
}

function partsOf(text: string): DayParts | undefined {
  const found = dayForm.exec(text)
  if (found === null) return undefined
  const [year = 0, month = 0, day = 0] = found.slice(1).map(Number)
  return year >= 1 && day >= 1 && day <= daysIn(year, month) ? { year, month, day } : undefined
}

/** None where there is no such month. */
function daysIn(year: number, month: number): number {
  if (month < 1 || month > 12) return 0
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

/** Tells the last day of what is over as a day begins: the day that people are told. */
export function lastDayBefore(day: Day): Day {
  return minus(day, { months: 0, days: 1 })
}
