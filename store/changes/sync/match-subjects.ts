import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { namedAtMost, type Skips } from './skips.ts'

/**
 * Finds whose the subjects with several identities are. One whose identities belong to two people, or who shares an identity
 * that nobody has yet with another one, is left out, and those people with what they have: nobody is guessed. Tells whether
 * somebody known has an identity more by this.
 */
export async function matchSubjects(tx: Tx, skips: Skips): Promise<boolean> {
  await tx.query(
    `with claim as materialized (
       select distinct s.ref as subject, c.ref, i.person_id
       from sync_subject s
       cross join lateral unnest(array[s.ref] || coalesce(s.others, '{}')) as c(ref)
       left join identity i on i.ref = c.ref
     ), owned as materialized (
       select subject, count(distinct person_id) as owners, min(person_id) as person_id from claim group by 1
     ), shared as (
       select c.ref from claim c join owned o using (subject)
       where c.person_id is null
       group by 1
       having count(distinct coalesce(o.person_id::text, 'new ' || c.subject)) > 1
     ), ambiguous as materialized (
       select subject from owned where owners > 1
       union
       select subject from claim where ref in (select ref from shared)
     ), spared as (
       insert into sync_spared (person_id)
       select distinct person_id from claim where person_id is not null and subject in (select subject from ambiguous)
     )
     update sync_subject s set person_id = o.person_id, is_ambiguous = s.ref in (select subject from ambiguous)
     from owned o where o.subject = s.ref`,
  )
  const { rows } = await tx.query<{ ref: IdentityRef; count: number }>(
    `select ref, count(*) over ()::integer as count from sync_subject where is_ambiguous group by 1 order by 1 limit $1`,
    [namedAtMost],
  )
  skips.add(
    'ambiguous',
    rows[0]?.count ?? 0,
    rows.map(({ ref }) => ref),
  )
  const { rowCount } = await tx.query(
    `select 1 from sync_subject s cross join lateral unnest(array[s.ref] || s.others) as c(ref)
     where s.others is not null and not s.is_ambiguous and s.person_id is not null
       and not exists (select from identity i where i.ref = c.ref)
     limit 1`,
  )
  return rowCount === 1
}

/** Leaves out whoever was erased: no source makes them again, and their names are not told. */
export async function leaveErased(tx: Tx, skips: Skips): Promise<void> {
  const { rowCount } = await tx.query(
    `delete from sync_subject s where exists (select from erased_identity)
       and exists (
         select from unnest(array[s.ref] || s.others) as c(ref)
         where not exists (select from identity i where i.ref = c.ref) and is_erased(c.ref))`,
  )
  skips.add('erased', rowCount ?? 0, [])
}
