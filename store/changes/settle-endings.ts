import type { Tx } from '../pool.ts'
import { servicesTouched, type FacilityService } from './outbox.ts'
import { writeClosure } from './structure.ts'
import { keepDerived } from './values/keep-derived.ts'
import { peopleOfPairs } from './values/people-of-pairs.ts'
import { servicesShowing } from './values/services-showing.ts'
import { recordEvents, type Trail } from './trail.ts'

/** Which objects come to an end, or are back. */
export interface EndingsInput {
  /** The VO, by its name, in which to look; undefined: all. */
  readonly vo: string | undefined
  /** The moment at which their dates have come or not. */
  readonly moment: Date
}

interface Turned {
  readonly kind: 'VO' | 'Group' | 'Resource'
  readonly id: number
  readonly name: string
  readonly vo_id: number
  readonly vo: string
  readonly expires: string | null
  readonly is_over: boolean
}

/**
 * Makes VOs, groups and resources over whose date has come, and those not over whose date was lifted or moved; returns the
 * services that show a difference. Rows, statuses and dates of people stay as they are.
 */
export async function settleEndings(tx: Tx, trail: Trail, { vo, moment }: EndingsInput): Promise<FacilityService[]> {
  const { rows: turned } = await tx.query<Turned>(
    `select x.* from (
       select e.kind, e.id, e.name, e.vo_id, vo.name as vo, e.expires::text as expires, e.over_since,
         coalesce(e.expires <= day_of($2, zone_of(e.vo_id)), false) as is_over
       from ending e join vo on vo.id = e.vo_id
       where $1::text is null or vo.name = $1
     ) x
     where x.is_over <> (x.over_since is not null) order by x.kind, x.vo, x.name`,
    [vo ?? null, moment],
  )
  if (turned.length === 0) return []
  const idsOf = (kind: Turned['kind']) => turned.flatMap((one) => (one.kind === kind ? [one.id] : []))
  const { rows: groups } = await tx.query<{ id: number }>(
    'select id from groups where id = any($1) or vo_id = any($2)',
    [idsOf('Group'), idsOf('VO')],
  )
  const resources = await write(tx, turned, moment)
  const touched = { groups: groups.map(({ id }) => id), resources, facilities: [], persons: [] }
  const before = await servicesTouched(tx, touched)
  const had = await peopleOfPairs(tx, touched)
  if (groups.length > 0) await writeClosure(tx)
  const persons = [...new Set([...had, ...(await peopleOfPairs(tx, touched))])]
  // What is unique may have passed to somebody elsewhere.
  const derived = await keepDerived(tx, { persons, at: trail.at })
  await recordEvents(tx, trail, turned.map(eventOf))
  return [...before, ...(await servicesTouched(tx, touched)), ...(await servicesShowing(tx, derived))]
}

const tables = { VO: 'vo', Group: 'groups', Resource: 'resource' } as const

/** Writes since when they are over; returns the resources that give access no more, or again. */
async function write(tx: Tx, turned: readonly Turned[], moment: Date): Promise<number[]> {
  for (const kind of ['VO', 'Group', 'Resource'] as const) {
    const ofKind = turned.filter((one) => one.kind === kind)
    if (ofKind.length === 0) continue
    await tx.query(
      `with old as (
         select t.id, t.over_since, x.is_over
         from unnest($1::integer[], $2::boolean[]) as x(id, is_over) join ${tables[kind]} t on t.id = x.id
       ), past as (
         insert into over_past (kind, object_id, began, ended)
         select $4, id, over_since, $3 from old where over_since < $3
       )
       update ${tables[kind]} t set over_since = case when old.is_over then $3::timestamptz end from old where t.id = old.id`,
      [ofKind.map(({ id }) => id), ofKind.map(({ is_over: isOver }) => isOver), moment, kind],
    )
  }
  const { rows } = await tx.query<{ id: number }>(
    `update resource r set is_lasting = not r.is_lasting
     from vo where vo.id = r.vo_id and (r.over_since is null and vo.over_since is null) <> r.is_lasting
       and vo.id = any($1)
     returning r.id`,
    [turned.map((one) => one.vo_id)],
  )
  return rows.map(({ id }) => id)
}

function eventOf({ kind, vo, name, expires, is_over: isOver }: Turned) {
  const personal = { expires }
  return { action: isOver ? 'end' : 'restore', kind, ...(kind === 'VO' ? {} : { vo }), name, personal }
}
