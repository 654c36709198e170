import { lockVos } from '../locks.ts'
import type { Tx } from '../pool.ts'
import { servicesTouched, writeOutbox } from './outbox.ts'
import { endMembershipsBy, type EndedRow } from './rows-over.ts'
import { beginTrail, closeTrail, recordSelected, type Trail } from './trail.ts'
import { recordStatuses } from './statuses.ts'

/** One step of a VO's clock. */
export interface ClockInput {
  readonly vo: string
  /** Everything due up to here is to be done. */
  readonly now: Date
  /** At most so many people in this step. */
  readonly atMost: number
}

/** What a step did. */
export interface ClockStep {
  /** People whose memberships ended. */
  readonly changed: number
  /** Whether another step has to follow. */
  readonly more: boolean
}

const cause = { actor: 'clock' }
const ordinaryPriority = 3

/**
 * Brings a VO a step further on the way to `now`, in the caller's transaction: memberships end in the order of their
 * dates, a day of the VO's time zone at a time, for at most so many people. Each ends at the first moment of its day, also
 * where nobody looked for weeks, but never before something that was done already. A VO that is gone has nothing to do.
 */
export async function runClock(tx: Tx, { vo, now, atMost }: ClockInput): Promise<ClockStep> {
  await lockVos(tx, [vo], { mode: 'exclusive' })
  const due = await firstDue(tx, vo, now)
  if (due === undefined) return { changed: 0, more: false }
  const trail = await beginTrail(tx, cause, now)
  const ended = await endMembershipsBy(tx, { ...due, atMost })
  await recordEnded(tx, trail, ended)
  const persons = [...new Set(ended.map(({ person }) => person))]
  await expireMembers(tx, trail, { ...due, persons })
  if (persons.length < atMost) await holdClocks(tx, [vo], due.moment)
  const services = await servicesTouched(tx, { groups: [], resources: [], facilities: [], persons })
  await writeOutbox(tx, { services, priority: ordinaryPriority, at: now })
  await closeTrail(tx, trail)
  return { changed: persons.length, more: true }
}

/** Keeps clocks from ending anything before this moment: in another time zone days have begun that had not yet. */
export async function holdClocks(tx: Tx, vos: readonly string[], reached: Date): Promise<void> {
  await tx.query(
    `insert into clock (vo_id, reached) select id, $2 from vo where name = any($1)
     on conflict (vo_id) do update set reached = greatest(clock.reached, excluded.reached)`,
    [vos, reached],
  )
}

/** The day that comes first, and the moment at which it is done. */
interface Due {
  readonly vo: number
  readonly day: string
  readonly moment: Date
}

async function firstDue(tx: Tx, name: string, now: Date): Promise<Due | undefined> {
  const { rows } = await tx.query<Due>(
    `select vo.id as vo, due.day::text as day,
       greatest(start_of(due.day, zone_of(vo.id)), clock.reached) as moment
     from vo
     left join clock on clock.vo_id = vo.id
     cross join lateral (
       select min(m.expires) as day from membership m
       where m.vo_id = vo.id and m.status = 'VALID' and m.expires is not null
     ) due
     where vo.name = $1 and due.day <= day_of($2, zone_of(vo.id))`,
    [name, now],
  )
  return rows[0]
}

/** Whom only rows hold that are over becomes EXPIRED. */
async function expireMembers(
  tx: Tx,
  trail: Trail,
  { vo, moment, persons }: Due & { readonly persons: readonly number[] },
): Promise<void> {
  const { rows } = await tx.query<{ person_id: number }>(
    `with standing as (
       select m.person_id, bool_or(m.status = 'VALID') as is_held
       from membership m
       where m.vo_id = $1 and m.person_id = any($2) and (m.group_id is null or m.origin in ('config', 'sync', 'rule'))
       group by 1
     ), old as materialized (
       select mb.* from member mb join standing s using (person_id)
       where mb.vo_id = $1 and not s.is_held and mb.status in ('VALID', 'INVALID')
     ), past as (
       insert into member_past (vo_id, person_id, status, began, ended, ended_by, reason)
       select vo_id, person_id, status, since, greatest(since, $3), ended_by, reason from old where since < $3
     )
     update member mb set status = 'EXPIRED', ended_by = 'clock', reason = null, since = greatest(old.since, $3)
     from old where (mb.vo_id, mb.person_id) = (old.vo_id, old.person_id)
     returning mb.vo_id, mb.person_id, old.status as before, mb.status`,
    [vo, persons, moment],
  )
  if (rows.length > 0) await recordStatuses(tx, trail, rows)
}

async function recordEnded(tx: Tx, trail: Trail, ended: readonly EndedRow[]): Promise<void> {
  await recordSelected(tx, trail, {
    select: `select 'expire' as action, case when g.id is null then 'Member' else 'GroupMember' end as kind, vo.name as vo,
        coalesce(g.name, vo.name) as name,
        jsonb_build_object('user', p.identities[1], 'expires', x.expires) as personal
      from json_to_recordset($5::json) as x(vo integer, "group" integer, person integer, expires text)
      join vo on vo.id = x.vo join person p on p.id = x.person left join groups g on g.id = x."group"
      order by p.identities[1], 4`,
    parameters: [JSON.stringify(ended)],
  })
}
