import type { Day } from './calendar.ts'

/** Times of day, `HH:MM`, that no clock of a zone shows on a day: from the first up to the last, which it shows again. */
export interface SkippedTimes {
  readonly day: Day
  readonly from: string
  readonly to: string
}

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Lists when the clocks of a time zone are put forward within so many days. */
export function skippedTimes(zone: string, from: Date, days: number): SkippedTimes[] {
  const offsetAt = offsets(zone)
  const found: SkippedTimes[] = []
  for (let at = from.getTime(); at < from.getTime() + days * dayMs; at += dayMs) {
    const [before, after] = [offsetAt(at), offsetAt(at + dayMs)]
    if (after <= before) continue
    const moment = changeBetween(at, at + dayMs, (one) => offsetAt(one) > before)
    const [first, last] = [new Date(moment + before).toISOString(), new Date(moment + after).toISOString()]
    // Where a whole day is left out, no time of a day that is there is.
    if (first.slice(0, 10) === last.slice(0, 10))
      found.push({ day: first.slice(0, 10), from: first.slice(11, 16), to: last.slice(11, 16) })
  }
  return found
}

/** The first whole minute between two moments at which something is so that is not at the first and is at the last. */
function changeBetween(first: number, last: number, isSo: (at: number) => boolean): number {
  const minuteMs = 60_000
  let [low, high] = [Math.floor(first / minuteMs), Math.ceil(last / minuteMs)]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (isSo(middle * minuteMs)) high = middle
    else low = middle
  }
  return high * minuteMs
}

/** How far the clocks of a zone are ahead of UTC at a moment. */
function offsets(zone: string): (at: number) => number {
  const format = new Intl.DateTimeFormat('en', {
    ...{ timeZone: zone, calendar: 'iso8601', numberingSystem: 'latn', hourCycle: 'h23' },
    ...{ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' },
  })
  return (at) => {
    const parts = new Map(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]))
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0
    const local = Date.UTC(
      ...([part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')] as const),
    )
    return local - Math.floor(at / 1_000) * 1_000
  }
}
