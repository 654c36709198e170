import type { ListedChange, ListedLoss } from '../../core/model/answers.ts'
import type { IdentityRef, WatchedSet } from '../../core/model/state.ts'
import { subjectOf } from '../../core/plan/judge-set.ts'
import type { Db } from '../pool.ts'

interface HeldChangeRow extends Omit<ListedChange, 'what'> {
  readonly digest: string
  readonly act: string
  readonly in_group: boolean
}

/** Reads the changes that are held by themselves, by digest. */
export async function readHeldChanges(db: Db): Promise<ReadonlyMap<string, ListedChange>> {
  const { rows } = await db.query<HeldChangeRow>(
    `select h.digest, h.kind, h.change->>'act' as act, h.change->>'group' is not null as in_group,
       case when h.change->>'group' is null then vo.name else vo.name || '/' || g.name end as place,
       jsonb_array_length(h.change->'requests') as people, h.by, h.reason
     from hold h
     left join vo on vo.id = (h.change->>'vo')::integer
     left join groups g on g.id = (h.change->>'group')::integer
     where h.closed_at is null and h.kind <> 'commit'`,
  )
  return new Map(
    rows.map(({ digest, act, in_group: inGroup, ...change }) => [
      digest,
      { ...change, what: `${inGroup ? 'group' : 'member'} ${act}` },
    ]),
  )
}

/** Lists who would lose what by a change that is held, by people; empty where it is held no longer. */
export async function listHeldLosses(db: Db, digest: string): Promise<ListedLoss[]> {
  const { rows } = await db.query<{ user: IdentityRef; sets: readonly WatchedSet[] }>(
    `select p.identities[1] as "user", json_agg(l.loss->'set') as sets
     from hold h
     cross join jsonb_array_elements(h.losses) as l(loss)
     join person p on p.id = (l.loss->>'user')::integer
     where h.digest = $1 and h.closed_at is null and h.kind <> 'commit'
     group by p.id order by 1`,
    [digest],
  )
  return rows.map(({ user, sets }) => ({ user, loses: sets.map(subjectOf).sort() }))
}
