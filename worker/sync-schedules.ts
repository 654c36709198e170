import { createHash } from 'node:crypto'
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type CalendarSpec,
  type Client,
  type ScheduleOptions,
} from '@temporalio/client'
import { after } from '../core/applications/deadlines.ts'
import { skippedTimes } from '../core/lifecycle/skipped-times.ts'
import type { SyncTimes } from '../activities/sync-times.ts'
import { syncId, type SyncedPlace } from '../core/model/sync-place.ts'
import { whenDue } from '../workflows/due/messages.ts'

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

/** A time of day that was missed is made up for within a day, one of many within its own length. */
const longestCatchUpMs = dayMs

/** Those who say the same time of day do not all begin at once. */
const longestJitterMs = 2 * minuteMs

const months = [
  ...(['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE'] as const),
  ...(['JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'] as const),
]

/** Clocks are put forward once a year at most. */
const daysAhead = 400

/** Makes the Schedule of a sync, or brings it to these times; without times there is none. */
export async function scheduleSync({ schedule }: Client, place: SyncedPlace, times: SyncTimes): Promise<void> {
  const scheduleId = syncId(place)
  const options = optionsOf(place, times)
  try {
    await schedule.create({ scheduleId, ...options })
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    await schedule.getHandle(scheduleId).update(({ state }) => ({ ...options, state }))
  }
}

/** Drops a Schedule, if it is there. */
export async function dropSchedule({ schedule }: Client, id: string): Promise<void> {
  try {
    await schedule.getHandle(id).delete()
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error
  }
}

function optionsOf(place: SyncedPlace, times: SyncTimes): Pick<ScheduleOptions, 'action' | 'policies' | 'spec'> {
  const { every, at = [], zone } = times
  const everyMs = every === undefined ? undefined : after(new Date(0), every).getTime()
  const intervals = everyMs === undefined ? [] : [{ every: everyMs, offset: offsetOf(syncId(place), everyMs) }]
  return {
    action: whenDue(place),
    policies: {
      overlap: ScheduleOverlapPolicy.SKIP,
      catchupWindow: Math.min(everyMs ?? longestCatchUpMs, longestCatchUpMs),
    },
    spec: {
      intervals,
      calendars: [...at.map(timeOf), ...insteadOf(at, zone)],
      timezone: zone,
      jitter: Math.min(longestJitterMs, (everyMs ?? dayMs) / 10),
    },
  }
}

/** Clocks that leave a time out make it up at the first one after it: Temporal would leave out the day. Looked at again at each start. */
function insteadOf(at: readonly string[], zone: string): CalendarSpec[] {
  if (at.length === 0) return []
  return skippedTimes(zone, new Date(), daysAhead).flatMap(({ day, from, to }) => {
    if (!at.some((time) => time >= from && time < to) || at.includes(to)) return []
    const month = months[Number(day.slice(5, 7)) - 1] ?? 'JANUARY'
    return [{ ...timeOf(to), year: Number(day.slice(0, 4)), month, dayOfMonth: Number(day.slice(8)) }]
  })
}

function timeOf(time: string): Required<Pick<CalendarSpec, 'hour' | 'minute'>> {
  return { hour: Number(time.slice(0, 2)), minute: Number(time.slice(3)) }
}

/** Syncs that are due as often are not all due at once, and each one always at the same moments. */
function offsetOf(id: string, everyMs: number): number {
  const seconds = Math.floor(everyMs / 1_000)
  return (createHash('sha256').update(id).digest().readUInt32BE() % seconds) * 1_000
}
