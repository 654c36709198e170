import type { Day } from '../../../core/lifecycle/calendar.ts'
import type { GuardReason, Loss } from '../../../core/model/plan.ts'
import type { WatchedSet } from '../../../core/model/state.ts'
import { subjectOf } from '../../../core/plan/judge-set.ts'
import { findDue, peopleDue, type Due } from '../../due.ts'
import type { Tx } from '../../pool.ts'
import { watchedSet } from '../../watched-set.ts'
import { accessOf, lossesBetween } from '../access-of.ts'
import { runClock } from '../clock/run-clock.ts'
import { judgeLosses } from '../memberships/judge-losses.ts'

/** What the clock of a VO has to do on one day. */
export interface ClockDay {
  readonly vo: string
  readonly due: Due
  /** When it is done: at its own moment, or now where that has passed. */
  readonly at: Date
  /** The day of which it is told: guests follow their sponsors when that is seen. */
  readonly day: Day
}

/** A VO by name and id. */
export interface ClockedVo {
  readonly name: string
  readonly id: number
}

/** More than anybody has members: a day is one step for each kind. */
const everybody = 10_000_000

/** Finds the next day on which the clock of a VO has something to do. */
export async function nextClockDay(tx: Tx, { name, id }: ClockedVo, from: Date): Promise<ClockDay | undefined> {
  const due = await findDue(tx, id)
  if (due === undefined) return undefined
  const at = due.moment > from ? due.moment : from
  const { rows } = await tx.query<{ today: Day }>('select day_of($2, zone_of($1))::text as today', [id, at])
  return { vo: name, due, at, day: due.kind === 'sponsor' ? (rows[0]?.today ?? due.day) : due.day }
}

/** Who loses what on a day, and whose losses come of what ends itself. */
export interface DayLosses {
  readonly losses: readonly Loss[]
  readonly byEnds: readonly Loss[]
}

/** Lets the clock of a VO do all that it does on a day; gives who loses what by it. */
export async function runDay(tx: Tx, { vo, due, at }: ClockDay): Promise<DayLosses> {
  const losses = new Map<string, Loss>()
  const byEnds: Loss[] = []
  let last: Due | undefined
  for (;;) {
    const next = await findDue(tx, due.vo)
    // Everybody is in one step, so that the same once more would go on for ever.
    if (next === undefined || next.day > due.day || last?.kind === next.kind)
      return { losses: [...losses.values()], byEnds }
    last = next
    const persons = await peopleOf(tx, next)
    const before = next.kind === 'notice' ? new Map<string, Loss>() : await accessOf(tx, persons)
    await runClock(tx, { vo, now: at, atMost: everybody })
    if (before.size === 0) continue
    const lost = lossesBetween(before, await accessOf(tx, persons))
    if (next.kind === 'end') byEnds.push(...lost)
    for (const loss of lost) losses.set(`${subjectOf(loss.set)} ${loss.user}`, loss)
  }
}

async function peopleOf(tx: Tx, due: Due): Promise<number[]> {
  return due.kind === 'end' ? peopleOfEnds(tx, due) : peopleDue(tx, due, everybody)
}

/** Whoever is in the VO or groups that end, or reaches a resource that does. */
async function peopleOfEnds(tx: Tx, { vo, moment }: Due): Promise<number[]> {
  const { rows } = await tx.query<{ person_id: number }>(
    `with ended as materialized (
       select e.kind, e.id from ending e where e.vo_id = $1 and e.over_since is null and e.expires <= day_of($2, zone_of($1))
     )
     select mb.person_id from ended join member mb on ended.kind = 'VO' and mb.vo_id = ended.id
     union
     select m.person_id from ended join closure c on ended.kind = 'Group' and c.above = ended.id
     join membership m on m.group_id = c.below
     union
     select a.person_id from ended
     join resource r on ended.kind = 'Resource' and r.id = ended.id or ended.kind = 'VO' and r.vo_id = ended.id
     join access a on a.resource_id = r.id`,
    [vo, moment],
  )
  return rows.map(({ person_id }) => person_id)
}

/** A set that loses more than the guard would let pass, and whether the guard counts these losses. */
export type Excess = Pick<GuardReason, 'subject' | 'message'> & { readonly isForeseen: boolean }

/** Judges what a day takes away as if somebody did it. */
export async function judgeDay(tx: Tx, losses: readonly Loss[], at: Date): Promise<Excess[]> {
  const reasons = await judgeLosses(tx, losses, at)
  if (reasons.length === 0) return []
  const { rows } = await tx.query<{ kind: WatchedSet['kind']; vo: string; name: string }>(
    'select distinct kind, vo, name from loss where at = $1',
    [at],
  )
  const counted = new Set(rows.map(({ kind, vo, name }) => subjectOf(watchedSet(kind, vo, name))))
  return reasons.map(({ subject, message }) => ({ subject, message, isForeseen: !counted.has(subject) }))
}
