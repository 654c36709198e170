import {
  limitsOfInstance,
  type Overridden,
  strictest,
  withGuard,
  type InstanceGuard,
  type Limits,
} from '../../../core/config/guard.ts'
import { windowStart } from '../../../core/config/guard-window.ts'
import type { ConfigObject } from '../../../core/model/config-object.ts'
import type { GuardReason, Loss } from '../../../core/model/plan.ts'
import { groupBy } from '../../../core/model/group-by.ts'
import type { WatchedSet } from '../../../core/model/state.ts'
import { enoughForLoss, judgeAdditions, judgeRemovals, subjectOf } from '../../../core/plan/judge-set.ts'
import type { Tx } from '../../pool.ts'
import { columnsOfSet } from '../../watched-set.ts'

/** A watched set, and how many people have just lost access to it. */
export interface LosingSet {
  readonly set: WatchedSet
  readonly lost: number
  /** Who, as far as they are not in table `loss` yet. */
  readonly unrecorded: readonly number[]
}

/** Judges losses that have just been written, beside those of the guard's window; the reasons to hold them, none for most. */
export async function judgeLosses(tx: Tx, losses: readonly Loss[], at: Date): Promise<GuardReason[]> {
  const sets = [...groupBy(losses, ({ set }) => subjectOf(set)).values()].flatMap((ofSet): LosingSet[] => {
    const [first] = ofSet
    const unrecorded = ofSet.map(({ user }) => user)
    return first === undefined ? [] : [{ set: first.set, lost: ofSet.length, unrecorded }]
  })
  return judgeLosingSets(tx, sets, at)
}

/** Judges what sets have just lost, beside their losses of the guard's window. */
export async function judgeLosingSets(tx: Tx, sets: readonly LosingSet[], at: Date): Promise<GuardReason[]> {
  if (sets.length === 0) return []
  const since = await windowBegin(tx, at)
  const reasons: GuardReason[] = []
  for (const { set, lost, unrecorded } of sets) {
    const { limits, mustNotBeEmpty } = await readLimits(tx, set)
    const enough = enoughForLoss(unrecorded.length + (await countRecorded(tx, set, since)), limits)
    if (enough !== undefined && (await haveAccess(tx, set, enough))) continue
    const { after, removed } = await count(tx, set, { lost: unrecorded, since })
    const base = after + removed
    const numbers = { set, base, removed, lost, gained: 0, before: after + lost, after, mustNotBeEmpty }
    reasons.push(...judgeRemovals(numbers, limits))
  }
  return reasons
}

/** A watched set, and how many people had access to it before. */
export interface GrowingSet {
  readonly set: WatchedSet
  readonly before: number
  readonly lost: number
}

/** Judges what sets have gained since they were counted. */
export async function judgeGrowingSets(tx: Tx, sets: readonly GrowingSet[], at: Date): Promise<GuardReason[]> {
  const reasons: GuardReason[] = []
  for (const { set, before, lost } of sets) {
    const after = await countAccess(tx, set, at)
    const gained = after - before + lost
    const numbers = { set, base: before, removed: lost, lost, gained, before, after, mustNotBeEmpty: false }
    reasons.push(...judgeAdditions(numbers, (await readLimits(tx, set)).limits))
  }
  return reasons
}

/** Judges what sets have just gained; one person more is never too many. */
export async function judgeGains(
  tx: Tx,
  gains: readonly Loss[],
  { losses, at }: { readonly losses: readonly Loss[]; readonly at: Date },
): Promise<GuardReason[]> {
  const reasons: GuardReason[] = []
  for (const [subject, ofSet] of groupBy(gains, ({ set }) => subjectOf(set))) {
    const [first] = ofSet
    if (first === undefined || ofSet.length === 1) continue
    const { set } = first
    const lost = losses.filter((loss) => subjectOf(loss.set) === subject).length
    const before = (await countAccess(tx, set, at)) - ofSet.length + lost
    reasons.push(...(await judgeGrowingSets(tx, [{ set, before, lost }], at)))
  }
  return reasons
}

/** Counts who has access to a set now. */
export async function countAccess(tx: Tx, set: WatchedSet, at: Date): Promise<number> {
  return (await count(tx, set, { lost: [], since: at })).after
}

async function windowBegin(tx: Tx, at: Date): Promise<Date> {
  const { rows } = await tx.query<{ window: string | null }>(
    `select spec->'guard'->>'window' as window from instance limit 1`,
  )
  return windowStart(rows[0]?.window ?? undefined, at.getTime())
}

/** Who has access to a set: the VO's name is $1, the set's own $2. */
const peopleIn: Readonly<Record<WatchedSet['kind'], string>> = {
  vo: `select mb.person_id from vo join member mb on mb.vo_id = vo.id and mb.status = 'VALID' where vo.name = $1`,
  group: `select m.person_id
    from vo join groups g on g.vo_id = vo.id and g.name = $2
    join closure c on c.above = g.id
    join membership m on m.group_id = c.below and m.status = 'VALID'
    join member mb on (mb.vo_id, mb.person_id) = (vo.id, m.person_id) and mb.status = 'VALID'
    where vo.name = $1`,
  resource: `select a.person_id
    from vo join resource r on r.vo_id = vo.id and r.name = $2
    join access a on a.resource_id = r.id and a.status = 'VALID' and not a.is_banned
    where vo.name = $1`,
  facility: `select a.person_id from facility f join access a on a.facility_id = f.id and a.status = 'VALID' and not a.is_banned where f.name = $2`,
  source: `select m.person_id
    from membership m join member mb on (mb.vo_id, mb.person_id) = (m.vo_id, m.person_id) and mb.status = 'VALID'
    where m.origin = 'sync' and m.origin_name = $2 and m.status = 'VALID'`,
}

async function count(
  tx: Tx,
  set: WatchedSet,
  { lost, since }: { readonly lost: readonly number[]; readonly since: Date },
): Promise<{ readonly after: number; readonly removed: number }> {
  const { vo, name } = columnsOfSet(set)
  const { rows } = await tx.query<{ after: number; removed: number }>(
    `with here as materialized (select distinct person_id from (${peopleIn[set.kind]}) x where $1::text is not null and $2::text is not null),
     gone as (
       select unnest($3::integer[]) as person_id
       union select person_id from loss where kind = $5 and vo = $1 and name = $2 and at >= $4
     )
     select (select count(*) from here)::integer as after,
       (select count(*) from gone where person_id not in (select person_id from here))::integer as removed`,
    [vo, name, lost, since, set.kind],
  )
  return rows[0] ?? { after: 0, removed: 0 }
}

async function countRecorded(tx: Tx, set: WatchedSet, since: Date): Promise<number> {
  const { vo, name } = columnsOfSet(set)
  const { rows } = await tx.query<{ count: number }>(
    'select count(*)::integer as count from loss where kind = $1 and vo = $2 and name = $3 and at >= $4',
    [set.kind, vo, name, since],
  )
  return rows[0]?.count ?? 0
}

/** So many ways at most are looked at for each person to be found: who has more of them may be missed. */
const waysEach = 4

/** Whether so many people are found in a set; of a large one no more are looked at than it takes. */
async function haveAccess(tx: Tx, set: WatchedSet, people: number): Promise<boolean> {
  const { vo, name } = columnsOfSet(set)
  const { rows } = await tx.query<{ found: number }>(
    `select count(distinct person_id)::integer as found
     from (select person_id from (${peopleIn[set.kind]}) x where $1::text is not null and $2::text is not null limit $3) few`,
    [vo, name, people * waysEach],
  )
  return (rows[0]?.found ?? 0) >= people
}

interface LimitsRow {
  readonly instance: InstanceGuard | null
  readonly guards: readonly (ConfigObject<'VO'>['spec']['guard'] | null)[]
  readonly must_not_be_empty: boolean
}

const servicesGuards = (services: string): string =>
  `array(select s.spec->'guard' from service s where s.name in (${services}))`
const groupsNeeded = `exists (
  select 1 from resource_group rg join groups g on g.id = rg.group_id
  where rg.resource_id = r.id and (g.is_members or (g.spec->>'allowEmpty')::boolean is not true))`

/** The guards that a set is under, and whether it must keep somebody. */
const guardsOf: Readonly<Record<WatchedSet['kind'], string>> = {
  vo: `select array[vo.spec->'guard'] as guards, true as must from vo where vo.name = $1`,
  group: `select array[vo.spec->'guard', g.spec->'guard'], (g.spec->>'allowEmpty')::boolean is not true
    from vo join groups g on g.vo_id = vo.id and g.name = $2 where vo.name = $1`,
  resource: `select vo.spec->'guard' || ${servicesGuards(`select jsonb_array_elements_text(coalesce(r.spec->'services', '[]'))`)}, ${groupsNeeded}
    from vo join resource r on r.vo_id = vo.id and r.name = $2 where vo.name = $1`,
  facility: `select ${servicesGuards(`select jsonb_object_keys(coalesce(f.spec->'services', '{}'))`)},
      exists (select 1 from resource r where r.facility_id = f.id and ${groupsNeeded})
    from facility f where f.name = $2`,
  source: `select array[s.spec->'guard'], false from source s where s.name = $2`,
}

async function readLimits(
  tx: Tx,
  set: WatchedSet,
): Promise<{ readonly limits: Limits; readonly mustNotBeEmpty: boolean }> {
  const { vo, name } = columnsOfSet(set)
  const { rows } = await tx.query<LimitsRow>(
    `select (select spec->'guard' from instance limit 1) as instance, to_json(x.guards) as guards, x.must as must_not_be_empty
     from (${guardsOf[set.kind]}) as x(guards, must) where $1::text is not null and $2::text is not null`,
    [vo, name],
  )
  const [row] = rows
  const general = limitsOfInstance(row?.instance ?? {}, overriddenFor(set))
  const limits = (row?.guards ?? []).reduce<Limits>(
    (strict, guard) => strictest(strict, withGuard(strict, guard ?? undefined)),
    general,
  )
  return { limits, mustNotBeEmpty: row?.must_not_be_empty ?? false }
}

function overriddenFor(set: WatchedSet): Overridden {
  if (set.kind === 'source') return { source: set.name }
  return set.kind === 'facility' ? {} : { vo: set.vo }
}
