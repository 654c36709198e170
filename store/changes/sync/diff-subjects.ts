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
async function diff(tx: Tx, set: SyncedSet, { mode, then }: DiffMode): Promise<void> {
  const { vo, group, source, today } = set
  const { spread, groupOf, isPlace, sameGroup, newcomers, personOf } =
    set.base === undefined ? single(group !== undefined) : overGroups
  await tx.query(
    `insert into sync_diff (person_id, group_id, ref, row_id, action, expires, is_over, is_near)
     with differing as materialized (
       select coalesce(s.person_id, h.person_id) as person_id, coalesce(s.group_id, h.group_id) as group_id,
         s.ref, s.expires, s.is_over, h.row_id, h.status, h.had_expires
       from (
         select s.ref, coalesce(s.person_id, i.person_id) as person_id, ${groupOf} as group_id, s.expires, s.is_over
         from sync_subject s left join identity i on i.ref = s.ref ${spread}
         where ${counts('$4')}
       ) s full join (
         select ctid as row_id, person_id, group_id, status, expires as had_expires from membership
         where vo_id = $1 and ${isPlace} and origin = 'sync' and origin_name = $3
       ) h on h.person_id = s.person_id ${sameGroup('h', 's')}
       where s.ref is null or h.row_id is null or not (${saysTheSame('h')})
     ), doubtful as materialized (
       select distinct person_id, group_id, row_id, status, had_expires from differing
       where ref is not null and row_id is not null
     ), compared as (
       select person_id, group_id, min(ref) as ref, row_id, had_expires,
         case when min(ref) is null and had_expires <= $4 then had_expires
           when min(ref) is null then $4
           when bool_and(is_over) and status = 'EXPIRED' then had_expires
           when bool_and(is_over) then least(${dateOfAll}, $4)
           else ${dateOfAll} end as expires
       from (
         table differing
         union all
         select d.person_id, d.group_id, s.ref, s.expires, s.is_over, d.row_id, d.status, d.had_expires
         from doubtful d join identity i on i.person_id = d.person_id
         join sync_subject s on s.ref = i.ref and s.person_id is null ${spread}
         where ${counts('$4')} and ${saysTheSame('d')} ${sameGroup('d', groupOf)}
         union all
         select d.person_id, d.group_id, s.ref, s.expires, s.is_over, d.row_id, d.status, d.had_expires
         from doubtful d join sync_subject s on s.person_id = d.person_id ${spread}
         where ${counts('$4')} and ${saysTheSame('d')} ${sameGroup('d', groupOf)}
       ) said
       group by person_id, group_id, row_id, status, had_expires, case when person_id is null then ref end
     ) ${newcomers.numbered}
     select ${personOf}, group_id, c.ref, row_id,
       case when row_id is null then 'add' when c.ref is null then 'absent' else 'change' end,
       expires, coalesce(expires <= $4, false),
       row_id is not null and c.ref is not null and coalesce(expires > $4 and expires < $4::date + 7 and expires < coalesce(had_expires, 'infinity'), false)
     from compared c ${newcomers.joined}
     where (
       row_id is null and coalesce(expires > $4, true) and ($5 = 'full' or exists (select from member mb where (mb.vo_id, mb.person_id) = ($1, c.person_id)))
       or row_id is not null and (expires is distinct from had_expires or (c.ref is null and $6 = 'remove'))
     ) and not (c.ref is null and c.person_id in (select person_id from sync_spared))`,
    [vo.id, group?.id ?? null, source, today, mode, then],
  )
}

/** How the places of a run come into the comparison. */
interface Shape {
  /** What gives each subject `s` its places. */
  readonly spread: string
  readonly groupOf: string
  readonly isPlace: string
  readonly sameGroup: (one: string, other: string) => string
  /** Whom nobody knows gets one number, in however many groups they are. */
  readonly newcomers: { readonly numbered: string; readonly joined: string }
  readonly personOf: string
}

const single = (isGroup: boolean): Shape => ({
  spread: '',
  groupOf: '$2::integer',
  isPlace: isGroup ? 'group_id = $2' : 'group_id is null',
  sameGroup: () => '',
  newcomers: { numbered: '', joined: '' },
  personOf: `coalesce(c.person_id, nextval('person_id_seq')::integer)`,
})

/** Who is in no group that is there is in the VO alone. */
const overGroups: Shape = {
  spread: `cross join lateral (
    select distinct p.group_id from unnest(s.groups) as u(name) join sync_place p on p.name = u.name
    union all
    select null where not exists (select from unnest(s.groups) as u(name) join sync_place p on p.name = u.name)
  ) as p`,
  groupOf: 'p.group_id',
  isPlace: '$2::integer is null and (group_id is null or group_id in (select group_id from sync_place))',
  sameGroup: (one, other) =>
    `and coalesce(${one}.group_id, 0) = coalesce(${other.includes('.') ? other : `${other}.group_id`}, 0)`,
  newcomers: {
    numbered: `, newcomer as materialized (
      select ref, nextval('person_id_seq')::integer as person_id
      from (select distinct ref from compared where person_id is null and coalesce(expires > $4, true)) c
    )`,
    joined: 'left join newcomer n on c.person_id is null and n.ref = c.ref',
  },
  // Of somebody unknown who is over already no number is used.
  personOf: 'coalesce(c.person_id, n.person_id, 0)',
}

/** Whether the source means a subject `s` already, on a day. */
export const counts = (today: string): string =>
  `not s.is_ambiguous and (s.starts is null or s.starts <= ${today}::date)`

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
