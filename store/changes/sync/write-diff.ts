import type { IdentityRef } from '../../../core/model/state.ts'
import { lockShared } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { refreshIdentities } from '../people.ts'
import { recordSelected, type Trail } from '../trail.ts'
import type { DiffMode } from './diff-subjects.ts'
import type { SyncedSet } from './find-set.ts'
import type { WrittenRows } from './sync-result.ts'
import { rowsIntoPast } from '../past.ts'
import { keepDerived } from '../values/keep-derived.ts'

/** Makes the people whom nobody knows yet, and gives identities that nobody has to whom they belong. */
export async function writePeople(
  tx: Tx,
  trail: Trail,
  { hasOthers, set: { base } }: { readonly hasOthers: boolean; readonly set: SyncedSet },
): Promise<void> {
  await tx.query(
    `with unknown as materialized (
       select ${base === undefined ? '' : 'distinct'} d.person_id, d.ref from sync_diff d
       where d.action = 'add' and not exists (select from person p where p.id = d.person_id)
     ), people as (
       insert into person (id, identities, created_at) overriding system value select person_id, array[ref], $1 from unknown
     )
     insert into identity (ref, person_id, created_at) select ref, person_id, $1 from unknown`,
    [trail.at],
  )
  if (!hasOthers) return
  await lockShared(tx, 'people')
  const { rows } = await tx.query<{ ref: IdentityRef; person_id: number }>(
    `insert into identity (ref, person_id, created_at)
     select distinct on (c.ref) c.ref, coalesce(s.person_id, d.person_id), $1
     from sync_subject s
     cross join lateral unnest(array[s.ref] || s.others) as c(ref)
     left join sync_diff d on d.ref = s.ref and d.action = 'add'
     where s.others is not null and not s.is_ambiguous and coalesce(s.person_id, d.person_id) is not null
       and not exists (select from identity i where i.ref = c.ref)
     order by c.ref
     on conflict do nothing
     returning ref, person_id`,
    [trail.at],
  )
  const persons = [...new Set(rows.map(({ person_id }) => person_id))]
  await refreshIdentities(tx, persons)
  await keepDerived(tx, { persons, at: trail.at })
  await recordSelected(tx, trail, {
    select: `select 'add' as action, 'Identity' as kind, null as vo, split_part(x.ref, '/', 1) as name,
        jsonb_build_object('identity', x.ref, 'user', p.identities[1]) as personal
      from json_to_recordset($5::json) as x(ref text, person_id integer) join person p on p.id = x.person_id`,
    parameters: [JSON.stringify(rows)],
  })
}

/** Where rows are written, and what happens to those of the absent. */
interface Writing {
  readonly set: SyncedSet
  readonly then: DiffMode['then']
}

/** Ends or changes rows as `sync_diff` says; what they were is kept as the past. */
export async function changeRows(
  tx: Tx,
  { at, cause }: Trail,
  then: DiffMode['then'],
): Promise<{ readonly changed: number; readonly removed: number }> {
  const isRemoved = `d.action = 'absent' and ${then === 'remove' ? 'true' : 'false'}`
  const removed = await tx.query(
    `with old as (
       delete from membership m using sync_diff d where m.ctid = d.row_id and ${isRemoved} returning m.*
     ) ${rowsIntoPast('$1')}`,
    [at],
  )
  const changed = await tx.query(
    `with old as materialized (
       select m.*, d.row_id, d.is_over, d.expires as new_date from membership m join sync_diff d on m.ctid = d.row_id
       where not (${isRemoved})
     ), past as (${rowsIntoPast('$1')})
     update membership m set expires = old.new_date, status = case when old.is_over then 'EXPIRED' else 'VALID' end::status,
       status_since = $1, actor = $2
     from old where m.ctid = old.row_id`,
    [at, cause.actor],
  )
  return { changed: changed.rowCount ?? 0, removed: removed.rowCount ?? 0 }
}

/** Adds the rows of `sync_diff` that are new; they hold whom a row of ours held since no source did, which goes. */
export async function addRows(tx: Tx, { at, cause }: Trail, { vo, source }: SyncedSet): Promise<number> {
  await tx.query(
    `with old as (
       delete from membership m using sync_diff d
       where exists (select from vo where id = $1 and spec ? 'expiration')
         and d.action = 'add' and (m.vo_id, m.person_id) = ($1, d.person_id)
         and m.group_id is null and m.origin = 'manager' and m.actor like 'sync/%'
       returning m.*
     ) ${rowsIntoPast('$2')}`,
    [vo.id, at],
  )
  const { rowCount } = await tx.query(
    `insert into membership (vo_id, group_id, person_id, origin, origin_name, expires, since, actor)
     select $1, group_id, person_id, 'sync', $2, expires, $3, $4 from sync_diff where action = 'add'`,
    [vo.id, source, at, cause.actor],
  )
  return rowCount ?? 0
}

/** Records an event for each row that came, changed or went. */
export async function recordRows(tx: Tx, trail: Trail, { set: { vo, source }, then }: Writing): Promise<void> {
  await recordSelected(tx, trail, {
    select: `select case when d.action = 'absent' then $7 when d.action = 'change' and d.is_over then 'expire' else d.action end as action,
        case when g.id is null then 'Member' else 'GroupMember' end as kind, $5::text as vo, coalesce(g.name, $5) as name,
        case when d.action = 'absent' and $7 = 'remove' or d.action = 'add' and d.expires is null
          then jsonb_build_object('user', p.identities[1], 'source', $6::text)
          else jsonb_build_object('user', p.identities[1], 'source', $6::text, 'expires', d.expires) end as personal
      from sync_diff d join person p on p.id = d.person_id left join groups g on g.id = d.group_id`,
    parameters: [vo.name, source, then],
  })
}

/** Counts by group what is in `sync_diff`. */
export async function countByGroup(tx: Tx): Promise<NonNullable<WrittenRows['groups']>> {
  const { rows } = await tx.query<{ name: string; added: number; changed: number; removed: number }>(
    `select coalesce(g.name, '') as name, count(*) filter (where d.action = 'add')::integer as added,
       count(*) filter (where d.action = 'change')::integer as changed,
       count(*) filter (where d.action = 'absent')::integer as removed
     from sync_diff d left join groups g on g.id = d.group_id group by 1 order by 1`,
  )
  return Object.fromEntries(rows.map(({ name, ...counts }) => [name, counts]))
}
