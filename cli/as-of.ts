import { InvalidArgumentError, Option } from 'commander'
import { isDay } from '../core/lifecycle/calendar.ts'
import { readMoment } from './read-moment.ts'

/** The option of commands that answer from history; the day is one of this zone. */
export function asOfOption(zoneOf: 'the VO' | 'the instance' = 'the VO'): Option {
  const what = `as it was at the end of this day in the time zone of ${zoneOf} (today: now), or at a moment such as 2026-03-31T12:00:00Z`
  return new Option('--as-of <day>', what).argParser(dayOrMoment)
}

function dayOrMoment(text: string): string | Date {
  if (isDay(text)) return text
  const moment = readMoment(text)
  if (moment !== undefined) return moment
  throw new InvalidArgumentError('expected a day such as 2026-03-31, or a moment such as 2026-03-31T12:00:00Z')
}
