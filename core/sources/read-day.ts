import { isDay, plus, type Day } from '../lifecycle/calendar.ts'
import { dayOf } from '../lifecycle/zones.ts'

/** Which day a moment within one stands for: that day, or the one after it, so that nothing ends before its time. */
export type DayEdge = 'begins' | 'ends'

interface Reading {
  readonly zone: string
  readonly edge: DayEdge
}

const isoTime = /^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/
const generalizedTime = /^(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})?(\d{2})?(?:[.,]\d{1,9})?(Z|[+-]\d{2}(?:\d{2})?))?$/

/**
 * Reads a day from what sources write: a date, a time in ISO 8601, LDAP's generalized time. A time without a zone is one of `zone`.
 * Undefined where the text is none of them.
 */
export function readDay(text: string, reading: Reading): Day | undefined {
  if (isDay(text)) return text
  const written = isoParts(text) ?? generalizedParts(text)
  return written === undefined ? undefined : dayAt(written, reading)
}

function isoParts(text: string): WrittenTime | undefined {
  const [found, day = '', hours = '', minutes = '', seconds = '00', offset] = isoTime.exec(text) ?? []
  return found === undefined ? undefined : { day, time: `${hours}:${minutes}:${seconds}`, offset }
}

function generalizedParts(text: string): WrittenTime | undefined {
  const [found, year = '', month = '', day = '', hours = '00', minutes = '00', seconds = '00', offset] =
    generalizedTime.exec(text) ?? []
  if (found === undefined) return undefined
  return { day: `${year}-${month}-${day}`, time: `${hours}:${minutes}:${seconds}`, offset }
}

interface WrittenTime {
  readonly day: Day
  readonly time: string
  readonly offset: string | undefined
}

function dayAt({ day, time, offset }: WrittenTime, { zone, edge }: Reading): Day | undefined {
  if (!isDay(day) || !/^(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)$/.test(time)) return undefined
  if (offset === undefined) return edge === 'begins' || time === '00:00:00' ? day : dayAfter(day)
  // A leap second is of the minute before.
  const moment = new Date(`${day}T${time.replace(/60$/, '59')}${isoOffset(offset)}`)
  if (Number.isNaN(moment.getTime())) return undefined
  const local = dayOf(moment, zone)
  return edge === 'begins' || dayOf(new Date(moment.getTime() - 1), zone) < local ? local : dayAfter(local)
}

function isoOffset(offset: string): string {
  if (offset === 'Z') return offset
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0')
  return `${offset.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`
}

function dayAfter(day: Day): Day {
  return plus(day, { months: 0, days: 1 })
}
