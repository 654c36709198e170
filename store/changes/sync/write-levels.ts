import type { Tx } from '../../pool.ts'
import { settleInVos, vosOfPersons } from '../memberships/vos-of-persons.ts'
import { writeOutbox } from '../outbox.ts'
import { recordSelected, type Trail } from '../trail.ts'
import { followChange } from '../values/follow-change.ts'
import { counts } from './diff-subjects.ts'
import type { SyncedSet } from './find-set.ts'
import type { Staged } from './stage-subjects.ts'

const batch = 5_000

const priority = 3

/**
 * The levels that the source vouches for and that are to be noted, parameters $1 to $3: of an identity without one, or whose level
 * counts no more; and its own, where it says another, or where half of the time has passed for which it counts. Nobody is so stamped by
 * every run. Of two records that vouch for one identity the higher level counts. What somebody was seen with by a source of the
 * identity's own is not touched while it counts.
 */
const news = `select i.id, i.ref, i.person_id, max(l.loa::smallint) as loa, i.loa as before
  from sync_subject s
  cross join lateral jsonb_each_text(s.levels) as l(ref, loa)
  join identity i on i.ref = l.ref
  join source src on src.name = i.source
  where s.levels is not null and ${counts('$1')}
  group by i.id, i.ref, i.person_id, i.loa, i.vouched_by
  having bool_or(
      i.loa is null or i.seen_at is null or level_until(i.seen_at, src.spec, 'UTC') <= $1::date
      or i.vouched_by = $2 and i.seen_at + (src.spec->>'validFor')::interval / 2 <= $3::timestamptz)
    or i.vouched_by = $2 and i.loa <> max(l.loa::smallint)`

/** Adds to `sync_differing` those of whom the source vouches for a level that is to be noted, and returns how many they are. */
export async function diffLevels(tx: Tx, set: SyncedSet, { hasLevels }: Pick<Staged, 'hasLevels'>): Promise<number> {
  if (!hasLevels) return 0
  const { rowCount } = await tx.query(
    `insert into sync_differing (person_id, is_known) select distinct person_id, true from (${news}) n`,
    [set.today, set.source, noonOf(set)],
  )
  return rowCount ?? 0
}

/** Notes levels that the source vouches for, with the statuses and rules that hang on them; returns how many. */
export async function writeLevels(tx: Tx, trail: Trail, set: SyncedSet): Promise<number> {
  const written = await recordSelected<{ person_id: number; is_other: boolean }>(tx, trail, {
    steps: `news as materialized (${news.replaceAll('$1', '$5').replaceAll('$2', '$6').replaceAll('$3', '$7')}), noted as (
      update identity i set loa = n.loa, seen_at = $8, noted_at = $8, vouched_by = $6 from news n where i.id = n.id
    ),`,
    select: `select 'seen' as action, 'Identity' as kind, null as vo, split_part(n.ref, '/', 1) as name,
      jsonb_build_object('identity', n.ref, 'loa', n.loa, 'source', $6::text) as personal from news n`,
    parameters: [set.today, set.source, noonOf(set), trail.at],
    result: 'select person_id, loa is distinct from before as is_other from news',
  })
  const persons = [...new Set(written.map(({ person_id: person }) => person))]
  for (let start = 0; start < persons.length; start += batch)
    await follow(tx, trail, persons.slice(start, start + batch))
  return written.length
}

async function follow(tx: Tx, trail: Trail, persons: readonly number[]): Promise<void> {
  await settleInVos(tx, trail, { vos: await vosOfPersons(tx, persons) })
  const { services } = await followChange(tx, trail, { persons })
  await writeOutbox(tx, { services, priority, at: trail.at })
}

/** The run's moment, as far as half of a time is judged by it. */
function noonOf({ today }: SyncedSet): string {
  return `${today}T12:00:00Z`
}
