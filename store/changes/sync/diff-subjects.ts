import { lockShared } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import type { SyncedSet } from './find-set.ts'

/** How subjects become rows. */
export interface DiffMode {
  /** `full` makes users of unknown subjects and members of everybody; else only members of the VO are put in. */
  readonly mode: 'full' | 'existing-members'
  /** What an absence means once it has lasted. */
  readonly then: 'remove' | 'expire'
}

/**
 * Fills `sync_diff` with what differs between the staged subjects and the source's rows: action `add`, `change` or `absent`.
 * Whose membership is over already is not added. Unknown people get a number, which `writePeople` makes theirs.
 */
export async function diffSubjects(tx: Tx, set: SyncedSet, how: DiffMode): Promise<void> {
  await diff(tx, set, how)
  if (how.mode !== 'full' || !(await anyNew(tx))) return
  // Somebody may have made these people while nobody was kept from it.
  await lockShared(tx, 'people')
  if (!(await anyKnownByNow(tx))) return
  await tx.query('truncate sync_diff')
  await diff(tx, set, how)
}

async function diff(tx: Tx, { vo, group, source, today }: SyncedSet, { mode, then }: DiffMode): Promise<void> {
  await tx.query(
    `insert into sync_diff (person_id, ref, row_id, action, expires, is_over, is_near)
     with wanted as (
       select coalesce(s.person_id, i.person_id) as person_id, min(s.ref) as ref,
         case when bool_and(s.expires is not null) then max(s.expires) end as expires, bool_and(s.is_over) as is_over
       from sync_subject s left join identity i on i.ref = s.ref
       where not s.is_ambiguous and (s.starts is null or s.starts <= $4)
       group by 1, case when coalesce(s.person_id, i.person_id) is null then s.ref end
     ), have as (
       select ctid as row_id, person_id, status, expires from membership
       where vo_id = $1 and ${group === undefined ? 'group_id is null and $2::integer is null' : 'group_id = $2'} and origin = 'sync' and origin_name = $3
     ), compared as (
       select coalesce(w.person_id, h.person_id) as person_id, w.ref, h.row_id, h.expires as had_expires,
         case when w.ref is null and h.expires <= $4 then h.expires
           when w.ref is null then $4
           when w.is_over and h.status = 'EXPIRED' then h.expires
           when w.is_over then least(w.expires, $4)
           else w.expires end as expires
       from wanted w full join have h on h.person_id = w.person_id
     )
     select coalesce(c.person_id, nextval('person_id_seq')::integer), c.ref, row_id,
       case when row_id is null then 'add' when ref is null then 'absent' else 'change' end,
       expires, coalesce(expires <= $4, false),
       row_id is not null and ref is not null and coalesce(expires > $4 and expires < $4::date + 7 and expires < coalesce(had_expires, 'infinity'), false)
     from compared c
     where (
       row_id is null and coalesce(expires > $4, true) and ($5 = 'full' or exists (select from member mb where (mb.vo_id, mb.person_id) = ($1, c.person_id)))
       or row_id is not null and (expires is distinct from had_expires or (ref is null and $6 = 'remove'))
     ) and not (ref is null and person_id in (select person_id from sync_spared))`,
    [vo.id, group?.id ?? null, source, today, mode, then],
  )
}

async function anyNew(tx: Tx): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select 1 from sync_diff d where d.action = 'add' and not exists (select from person p where p.id = d.person_id) limit 1`,
  )
  return rowCount === 1
}

async function anyKnownByNow(tx: Tx): Promise<boolean> {
  const { rowCount } = await tx.query(
    `select 1 from sync_diff d join identity i on i.ref = d.ref
     where d.action = 'add' and i.person_id <> d.person_id and not exists (select from person p where p.id = d.person_id) limit 1`,
  )
  return rowCount === 1
}
