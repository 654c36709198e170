import { groupBy } from '../../../core/model/group-by.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { roomsAbove, takenPlaces, takenWithout, type RoomAbove } from '../memberships/places.ts'
import type { DiffMode } from './diff-subjects.ts'
import type { SyncedSet } from './find-set.ts'
import { namedAtMost, type Skips } from './skips.ts'

interface Leaving extends Pick<DiffMode, 'then'> {
  readonly skips: Skips
}

/**
 * Takes out of `sync_diff` whom there is no place for, the last by identity, before any row is written; nobody who is in is dropped,
 * also not who comes from one group with the same places into another. What others leave by the run is free.
 */
export async function leaveOutFull(tx: Tx, set: SyncedSet, { then, skips }: Leaving): Promise<void> {
  const groups = await groupsFilled(tx, set)
  const above = [...(await roomsAbove(tx, groups)).values()].flat()
  for (const [, rooms] of groupBy(above, ({ kind, id, offer }) => `${kind} ${id} ${offer}`)) {
    const refs = await leaveOut(tx, set, { rooms, then })
    skips.add('full', refs.count, refs.first)
  }
  if (above.length === 0) return
  if (set.base !== undefined) await keepInVo(tx, set)
  await tx.query(`delete from sync_diff where action = 'full'`)
}

interface Left {
  readonly count: number
  readonly first: readonly IdentityRef[]
}

/** Whose row goes takes no place, but for who comes back into the same room. */
const isGone = `exists (
    select from sync_diff d where d.row_id = m.ctid and d.action = 'absent' and not exists (
      select from sync_diff c where c.action = 'add' and c.person_id = d.person_id and ${isInto('c')}))`

function isInto(one: string): string {
  return `coalesce(${one}.group_id, (select id from groups where vo_id = $6 and is_members)) = any($7)`
}

async function leaveOut(
  tx: Tx,
  set: SyncedSet,
  { rooms, then }: Pick<DiffMode, 'then'> & { readonly rooms: readonly RoomAbove[] },
): Promise<Left> {
  const [room] = rooms
  if (room === undefined) return { count: 0, first: [] }
  await tx.query(`select 1 from ${room.kind} where id = $1 for no key update`, [room.id])
  const { rows } = await tx.query<{ ref: IdentityRef; count: number }>(
    `${then === 'remove' ? takenWithout(isGone) : takenPlaces}, here as materialized (
       select distinct person_id from taken where (kind, id, offer) = ($1, $2, $3)
     ), into_room as materialized (
       select d.person_id, d.group_id, d.ref from sync_diff d
       where d.action = 'add' and ${isInto('d')} and d.person_id not in (select person_id from here)
     ), coming as (
       select person_id, row_number() over (order by min(ref)) as place from into_room group by 1
     ), left_out as (
       update sync_diff d set action = 'full' from into_room i join coming c using (person_id)
       where d.action = 'add' and d.person_id = i.person_id and d.group_id is not distinct from i.group_id
         and c.place > $4 - (select count(*) from here)
       returning d.ref
     )
     select ref, count(*) over ()::integer as count from (select distinct ref from left_out) g order by 1 limit $5`,
    [...[room.kind, room.id, room.offer, room.places, namedAtMost], ...[set.vo.id, rooms.map(({ group }) => group)]],
  )
  return { count: rows[0]?.count ?? 0, first: rows.map(({ ref }) => ref) }
}

/** Who is a member, and has no place in any of their groups, is in the VO alone. */
async function keepInVo(tx: Tx, { vo, source }: SyncedSet): Promise<void> {
  await tx.query(
    `with stranded as materialized (
       select d.person_id, min(d.ref) as ref, case when bool_and(d.expires is not null) then max(d.expires) end as expires
       from sync_diff d join member mb on (mb.vo_id, mb.person_id) = ($1, d.person_id) and mb.status <> 'DISABLED'
       where d.action = 'full'
         and not exists (select from sync_diff o where o.person_id = d.person_id and o.action = 'add')
         and not exists (
           select from membership m
           where (m.vo_id, m.person_id, m.origin, m.origin_name) = ($1, d.person_id, 'sync', $2)
             and not exists (select from sync_diff o where o.row_id = m.ctid and o.action = 'absent'))
       group by 1
     ), kept as (
       delete from sync_diff d using stranded s
       where d.person_id = s.person_id and d.action = 'absent' and d.group_id is null
       returning d.person_id
     )
     insert into sync_diff (person_id, group_id, ref, action, expires, is_over, is_near)
     select person_id, null, ref, 'add', expires, false, false from stranded where person_id not in (select person_id from kept)`,
    [vo.id, source],
  )
}

/** The VO's own rows bring people into the group of all its members. */
async function groupsFilled(tx: Tx, { vo, base, group }: SyncedSet): Promise<readonly number[]> {
  if (base === undefined && group !== undefined) return [group.id]
  const { rows } = await tx.query<{ id: number }>(
    `select id from groups where vo_id = $1 and is_members
     union select distinct group_id from sync_diff where action = 'add' and group_id is not null and $2`,
    [vo.id, base !== undefined],
  )
  return rows.map(({ id }) => id)
}
