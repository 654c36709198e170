import type { GuardReason } from '../../../core/model/plan.ts'
import type { UserId, WatchedSet } from '../../../core/model/state.ts'
import { subjectOf } from '../../../core/plan/judge-set.ts'
import type { Tx } from '../../pool.ts'
import { watchedSet } from '../../watched-set.ts'
import { accessRows } from '../access-of.ts'
import { countAccess, judgeGrowingSets, judgeLosingSets, type GrowingSet } from '../memberships/judge-losses.ts'
import type { SyncedSet } from './find-set.ts'

/** Who would lose access to a watched set by a run that is held. */
export interface SetLosses {
  readonly set: WatchedSet
  readonly users: readonly UserId[]
}

/** Why a run must be held, and who would lose what by it. */
export interface RunExcess {
  readonly reasons: readonly GuardReason[]
  readonly losses: readonly SetLosses[]
}

/** What a run would do, as a hash, and about how many people. */
export interface RunContent {
  readonly hash: string
  readonly people: number
}

/** What was so before a run wrote anything. */
export interface Before {
  /** Sets that may grow by more than any guard lets pass. */
  readonly growing: readonly Omit<GrowingSet, 'lost'>[]
}

const areLeaving = `in (
    select person_id from sync_diff where action = 'absent' or is_over or is_near
    union select person_id from sync_differing where is_known)`

/** No guard counts additions to fewer people, or fewer additions. */
const fewAdditions = 50

/** Notes who has access to what among those whom the run takes something from, and how large sets are that get many people. */
export async function noteAccess(tx: Tx, set: SyncedSet, at: Date): Promise<Before> {
  const { rows } = await tx.query<{ leaving: number; coming: number }>(
    `with noted as (insert into sync_access (kind, vo, name, person_id) select * from (${accessRows(areLeaving)}) x returning 1)
     select (select count(*) from noted)::integer as leaving,
       (select count(*) from sync_diff where action <> 'absent' and not is_over)::integer as coming`,
  )
  if ((rows[0]?.coming ?? 0) <= fewAdditions) return { growing: [] }
  const growing: Omit<GrowingSet, 'lost'>[] = []
  for (const watched of await setsAbove(tx, set)) {
    const before = await countAccess(tx, watched, at)
    if (before > 0) growing.push({ set: watched, before })
  }
  return { growing }
}

async function setsAbove(tx: Tx, { vo, source }: SyncedSet): Promise<WatchedSet[]> {
  const { rows } = await tx.query<{ kind: WatchedSet['kind']; vo: string; name: string }>(
    `with above as (
       select c.above as id
       from (select distinct group_id from sync_diff where action <> 'absent' and not is_over) d
       join closure c on c.below = d.group_id
       union select g.id from groups g where g.vo_id = $1 and g.is_members
     ), reached as (
       select distinct r.* from above join resource_group rg on rg.group_id = above.id join resource r on r.id = rg.resource_id
     )
     select 'vo' as kind, name as vo, name from vo where id = $1
     union all
     select 'group', vo.name, g.name from above join groups g on g.id = above.id and not g.is_members join vo on vo.id = g.vo_id
     union all
     select 'resource', vo.name, r.name from reached r join vo on vo.id = r.vo_id
     union all
     select distinct 'facility', '', f.name from reached r join facility f on f.id = r.facility_id
     union all
     select 'source', '', $2::text`,
    [vo.id, source],
  )
  return rows.map(({ kind, vo: of, name }) => watchedSet(kind, of, name))
}

/** Records the losses of a run that has been written, and lists why it must be held. */
export async function judgeSync(
  tx: Tx,
  set: SyncedSet,
  { before, at }: { readonly before: Before; readonly at: Date },
): Promise<GuardReason[]> {
  const { rows } = await tx.query<{ kind: WatchedSet['kind']; vo: string; name: string; lost: number }>(
    `with lost as materialized (${lost}), noted as (
       insert into loss (scope, kind, vo, name, person_id, at) select $1, kind, vo, name, person_id, $2 from lost
       on conflict (kind, vo, name, person_id) do update set scope = excluded.scope, at = excluded.at
     )
     select kind, vo, name, count(*)::integer as lost from lost group by 1, 2, 3 order by 1, 2, 3`,
    [`vo:${set.vo.name}`, at],
  )
  const losing = rows.map((row) => ({
    ...{ set: watchedSet(row.kind, row.vo, row.name), lost: row.lost, unrecorded: [] },
  }))
  const growing = before.growing.map((one) => ({
    ...one,
    lost: losing.find(({ set: other }) => subjectOf(other) === subjectOf(one.set))?.lost ?? 0,
  }))
  return [...(await judgeLosingSets(tx, losing, at)), ...(await judgeGrowingSets(tx, growing, at))]
}

const lost = `select kind, vo, name, person_id from sync_access except (${accessRows(areLeaving)})`

/** Lists who would lose what. */
export async function listLosses(tx: Tx): Promise<SetLosses[]> {
  const { rows } = await tx.query<{ kind: WatchedSet['kind']; vo: string; name: string; users: UserId[] }>(
    `select kind, vo, name, array_agg(person_id order by person_id) as users from (${lost}) x group by 1, 2, 3 order by 1, 2, 3`,
  )
  return rows.map(({ kind, vo, name, users }) => ({ set: watchedSet(kind, vo, name), users }))
}

/**
 * Hashes what a run would do about rows, values, levels and identities, the same whenever it is tried: what an approval names. Numbers
 * of people whom nobody knows yet are others each time.
 */
export async function contentOfRun(tx: Tx, { source, vo }: SyncedSet): Promise<RunContent> {
  const { rows } = await tx.query<RunContent>(
    `with named as materialized (
       select s.ref, s.others, s.said, s.levels, s.is_ambiguous, coalesce(s.person_id, i.person_id, d.person_id) as person_id
       from sync_subject s
       left join identity i on i.ref = s.ref
       left join (select distinct ref, person_id from sync_diff where action = 'add') d on d.ref = s.ref
     )
     select encode(sha256(convert_to(string_agg(x.line, e'\\n' order by x.line), 'UTF8')), 'hex') as hash, count(distinct x.person_id)::integer as people
     from (
       select d.person_id, jsonb_build_array($1::text, $2::text, g.name, d.action, d.is_over, case when not d.is_over then d.expires end,
         coalesce(p.identities[1], d.ref))::text collate "C" as line
       from sync_diff d left join person p on p.id = d.person_id left join groups g on g.id = d.group_id
       union all
       select v.person_id, jsonb_build_array($1::text, $2::text, 'said', n.ref, n.said, n.levels)::text collate "C"
       from (select distinct person_id from sync_differing) v join named n on n.person_id = v.person_id
       union all
       select n.person_id, jsonb_build_array($1::text, $2::text, 'identity', n.ref, c.ref, n.levels->c.ref)::text collate "C"
       from named n cross join lateral unnest(array[n.ref] || n.others) as c(ref)
       where n.others is not null and not n.is_ambiguous and n.person_id is not null and not exists (select from identity i where i.ref = c.ref)
     ) x`,
    [source, vo.name],
  )
  return rows[0] ?? { hash: '', people: 0 }
}
