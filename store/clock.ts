import type { Day } from '../core/lifecycle/calendar.ts'
import { countDue, findDue, type DueKind } from './due.ts'
import type { Db } from './pool.ts'

/** What the clock of a VO has to do next. */
export interface NextDue {
  /** When it is due; undefined where nothing is. */
  readonly at: Date | undefined
  readonly kind?: DueKind
  /** To how many people. */
  readonly count: number
}

/** Tells what is due next in a VO; undefined where there is no such VO. */
export async function nextDue(db: Db, vo: string): Promise<NextDue | undefined> {
  const { rows } = await db.query<{ id: number }>('select id from vo where name = $1', [vo])
  const [found] = rows
  if (found === undefined) return undefined
  const [due, untold] = [await findDue(db, found.id), await findUntold(db, found.id)]
  if (untold !== undefined && (due === undefined || untold.at <= due.moment)) return { kind: 'notice', ...untold }
  if (due === undefined) return { at: undefined, count: 0 }
  return { at: due.moment, kind: due.kind, count: await countDue(db, due) }
}

/** Notices that were noted outside the clock, or freed from a mail that was not sent: nobody was told of them. */
async function findUntold(db: Db, vo: number): Promise<{ readonly at: Date; readonly count: number } | undefined> {
  const { rows } = await db.query<{ at: Date | null; count: number }>(
    `select min(due_at) as at, count(distinct person_id)::integer as count from notice
     where vo_id = $1 and mail_id is null and untold is null`,
    [vo],
  )
  const { at = null, count = 0 } = rows[0] ?? {}
  return at === null ? undefined : { at, count }
}

/** The last moment of a day in the time zone of the instance. */
export async function endOfDay(db: Db, day: Day): Promise<Date> {
  const { rows } = await db.query<{ at: Date }>(
    `select start_of($1::date + 1, zone_of_instance()) - interval '1 millisecond' as at`,
    [day],
  )
  return rows[0]?.at ?? new Date(day)
}

/** Lists the VOs, each of which has a clock. */
export async function listClocks(db: Db): Promise<readonly string[]> {
  const { rows } = await db.query<{ name: string }>('select name from vo order by name')
  return rows.map(({ name }) => name)
}

/** VOs whose next due moment may be another, with the rows that say so. */
export interface ClockWakes {
  readonly ids: readonly string[]
  readonly vos: readonly string[]
}

/** Reads what the clocks are to be told; `forgetWakes` acknowledges it once they were. */
export async function readWakes(db: Db): Promise<ClockWakes> {
  const { rows } = await db.query<{ id: string; vo: string }>(
    'select id::text, vo from clock_wake order by id limit 10000',
  )
  return { ids: rows.map(({ id }) => id), vos: [...new Set(rows.map(({ vo }) => vo))] }
}

/** Acknowledges exactly these rows: ids commit out of order. */
export async function forgetWakes(db: Db, { ids }: Pick<ClockWakes, 'ids'>): Promise<void> {
  if (ids.length > 0) await db.query('delete from clock_wake where id = any($1::bigint[])', [ids])
}
