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

/**
 * Most subjects say what is there already: they are left out first, one by one, so that only people about whom something differs are
 * put together from all that the source says of them.
 */
async function diff(tx: Tx, { vo, group, source, today }: SyncedSet, { mode, then }: DiffMode): Promise<void> {
  const place =
    group === undefined ? 'vo_id = $1 and group_id is null and $2::integer is null' : 'vo_id = $1 and group_id = $2'
  await tx.query(
    `insert into sync_diff (person_id, ref, row_id, action, expires, is_over, is_near)
     with differing as materialized (
       select coalesce(s.person_id, h.person_id) as person_id, s.ref, s.expires, s.is_over, h.row_id, h.status, h.had_expires
       from (
         select s.ref, coalesce(s.person_id, i.person_id) as person_id, s.expires, s.is_over
         from sync_subject s left join identity i on i.ref = s.ref
         where ${counts}
       ) s full join (
         select ctid as row_id, person_id, status, expires as had_expires from membership
         where ${place} and origin = 'sync' and origin_name = $3
       ) h on h.person_id = s.person_id
       where s.ref is null or h.row_id is null or not (${saysTheSame('h')})
     ), doubtful as materialized (
       select distinct person_id, row_id, status, had_expires from differing where ref is not null and row_id is not null
     ), compared as (
       select person_id, min(ref) as ref, row_id, had_expires,
         case when min(ref) is null and had_expires <= $4 then had_expires
           when min(ref) is null then $4
           when bool_and(is_over) and status = 'EXPIRED' then had_expires
           when bool_and(is_over) then least(${dateOfAll}, $4)
           else ${dateOfAll} end as expires
       from (
         table differing
         union all
         select d.person_id, s.ref, s.expires, s.is_over, d.row_id, d.status, d.had_expires
         from doubtful d join identity i on i.person_id = d.person_id
         join sync_subject s on s.ref = i.ref and s.person_id is null
         where ${counts} and ${saysTheSame('d')}
         union all
         select d.person_id, s.ref, s.expires, s.is_over, d.row_id, d.status, d.had_expires
         from doubtful d join sync_subject s on s.person_id = d.person_id
         where ${counts} and ${saysTheSame('d')}
       ) said
       group by person_id, row_id, status, had_expires, case when person_id is null then ref end
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

const counts = `not s.is_ambiguous and (s.starts is null or s.starts <= $4)`

/** Whether a subject alone would leave the person's row as it is. */
const saysTheSame = (row: string): string => `not s.is_over and s.expires is not distinct from ${row}.had_expires`

const dateOfAll = 'case when bool_and(expires is not null) then max(expires) end'

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
