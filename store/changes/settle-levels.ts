import type { Tx } from '../pool.ts'
import { levelsIntoPast } from './past.ts'

/** Whose levels of assurance may be others. */
export interface LevelsInput {
  /** Undefined: of everybody in a VO whose groups are on a resource that asks for a level. */
  readonly persons: readonly number[] | undefined
  readonly at: Date
}

/** Somebody whose levels are others in a VO, by its name. */
export interface LevelsChange {
  readonly vo: string
  readonly person: number
}

/** Notes the levels of assurance of members, where an offer asks for them; returns where they are others than before. */
export async function settleLevels(tx: Tx, { persons, at }: LevelsInput): Promise<readonly LevelsChange[]> {
  if (persons?.length === 0 || !(await areAskedFor(tx))) return []
  const { rows } = await tx.query<LevelsChange>(
    `with levelled as materialized (
       select vo.id, vo.name, zone_of(vo.id) as zone, day_of($2, zone_of(vo.id)) as today
       from vo where vo.id in (select vo_id from levelled_vo)
     ), now_known as (
       select l.name, mb.vo_id, mb.person_id, known.levels, known.until
       from levelled l join member mb on mb.vo_id = l.id and ($1::integer[] is null or mb.person_id = any($1))
       cross join lateral levels_known(mb.person_id, l.today, l.zone) known
     ), old as materialized (
       select mb.vo_id, mb.person_id, mb.levels, mb.levels_since, n.name, n.levels as next, n.until
       from now_known n join member mb using (vo_id, person_id)
       where (mb.levels, mb.levels_until) is distinct from (n.levels, n.until)
     ), past as (${levelsIntoPast('$2', '(select * from old where levels is distinct from next) old')})
     update member mb set levels = old.next, levels_until = old.until,
       levels_since = case when mb.levels is distinct from old.next then $2 else mb.levels_since end
     from old where (mb.vo_id, mb.person_id) = (old.vo_id, old.person_id)
     returning old.name as vo, mb.person_id as person`,
    [persons ?? null, at],
  )
  return rows
}

/** Most of the time no offer asks. */
async function areAskedFor(tx: Tx): Promise<boolean> {
  const { rows } = await tx.query<{ any: boolean }>(
    'select exists (select from resource where accepts is not null) as any',
  )
  return rows[0]?.any === true
}

/** Tells whether any of the resources, or of those on the facilities, asks for a level. */
export async function askForLevels(
  tx: Tx,
  { resources, facilities }: { readonly resources: readonly number[]; readonly facilities: readonly number[] },
): Promise<boolean> {
  if (resources.length + facilities.length === 0) return false
  const { rows } = await tx.query<{ any: boolean }>(
    `select exists (select from resource where accepts is not null and (id = any($1) or facility_id = any($2))) as any`,
    [resources, facilities],
  )
  return rows[0]?.any === true
}
