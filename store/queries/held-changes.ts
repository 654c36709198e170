import type { ListedChange, ListedLoss } from '../../core/model/answers.ts'
import type { IdentityRef, WatchedSet } from '../../core/model/state.ts'
import { subjectOf } from '../../core/plan/judge-set.ts'
import type { HeldContent } from '../changes/held/held-act.ts'
import type { Db } from '../pool.ts'

interface HeldChangeRow extends Omit<ListedChange, 'place' | 'what'> {
  readonly digest: string
  readonly type: HeldContent['type']
  readonly act: string
  readonly vo: string | null
  readonly group: string | null
  readonly is_of_group: boolean
}

/** Reads the changes that are held by themselves, by digest. */
export async function readHeldChanges(db: Db): Promise<ReadonlyMap<string, ListedChange>> {
  const { rows } = await db.query<HeldChangeRow>(
    `select h.digest, h.kind, h.change->>'type' as type, h.change->>'act' as act, vo.name as vo, g.name as "group",
       h.change->>'group' is not null as is_of_group, h.by, h.authentication, h.reason,
       coalesce((h.change->>'people')::integer, (select count(distinct coalesce(r.request->>'person', r.request->>'identity'))::integer
        from jsonb_array_elements(h.change->'requests') as r(request))) as people
     from hold h
     left join vo on vo.id = (h.change->>'vo')::integer
     left join groups g on g.id = (h.change->>'group')::integer
     where h.closed_at is null and h.kind <> 'commit'`,
  )
  return new Map(rows.map(({ digest, ...row }) => [digest, listed(row)]))
}

function listed({
  type,
  act,
  vo,
  group,
  is_of_group: isOfGroup,
  ...change
}: Omit<HeldChangeRow, 'digest'>): ListedChange {
  switch (type) {
    case 'membership': {
      const where = isOfGroup
        ? { what: `group ${act}`, place: pathOf(vo, group) }
        : { what: `member ${act}`, place: vo }
      return { ...change, ...where }
    }
    case 'review':
      return { ...change, what: `review ${act}`, place: vo }
    case 'sponsorship':
      return { ...change, what: `sponsor ${act}`, place: vo }
    case 'sync':
      return { ...change, what: `sync ${act}`, place: isOfGroup ? pathOf(vo, group) : vo }
    case 'attribute':
    case 'identity':
    case 'user':
      return { ...change, what: `${type} ${act}` }
  }
}

function pathOf(vo: string | null, group: string | null): string | null {
  return vo === null || group === null ? null : `${vo}/${group}`
}

/** Tells whether it was whoever acts by this name who asked for a change that is held, by whatever identity they did. */
export async function isAskedBy(
  db: Db,
  { digest, by }: { readonly digest: string; readonly by: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from hold h left join identity i on i.ref = $2
     where h.digest = $1 and h.closed_at is null and h.kind <> 'commit'
       and case when h.asker is null then h.by = $2 else h.asker = i.person_id end`,
    [digest, by],
  )
  return rowCount === 1
}

/** Tells whether somebody decided in the review whose removals are held. */
export async function isReviewedBy(
  db: Db,
  { digest, by }: { readonly digest: string; readonly by: string },
): Promise<boolean> {
  const { rowCount } = await db.query(
    `select 1 from hold h join review_item x on x.review_id = (h.change->>'review')::integer
     join review_decision d on d.item_id = x.id left join identity i on i.ref = $2
     where h.digest = $1 and h.kind = 'review' and h.closed_at is null
       and (d.person_id = i.person_id or d.for_person_id = i.person_id or d.person_id is null and d.actor = $2) limit 1`,
    [digest, by],
  )
  return rowCount === 1
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
