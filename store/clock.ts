import type { Db } from './pool.ts'

/** What the clock of a VO has to do next. */
export interface NextDue {
  /** The first moment of the day on which it is due; undefined where nothing has a date. */
  readonly at: Date | undefined
  /** How many memberships end then. */
  readonly count: number
}

/** Tells what is due next in a VO; undefined where there is no such VO. */
export async function nextDue(db: Db, vo: string): Promise<NextDue | undefined> {
  const { rows } = await db.query<{ at: Date | null; count: number }>(
    `select start_of(due.day, zone_of(vo.id)) as at, coalesce(due.count, 0) as count
     from vo
     left join lateral (
       select m.expires as day, count(*)::integer as count
       from membership m where m.vo_id = vo.id and m.status = 'VALID' and m.expires is not null
       group by 1 order by 1 limit 1
     ) due on true
     where vo.name = $1`,
    [vo],
  )
  const [due] = rows
  return due === undefined ? undefined : { at: due.at ?? undefined, count: due.count }
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
