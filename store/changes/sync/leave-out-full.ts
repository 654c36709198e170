import { groupBy } from '../../../core/model/group-by.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { roomsAbove, takenPlaces } from '../memberships/places.ts'
import type { SyncedSet } from './find-set.ts'
import { namedAtMost, type Skips } from './skips.ts'

/** Takes out of `sync_diff` whom there is no place for, the last by identity; nobody who is in is dropped. */
export async function leaveOutFull(tx: Tx, set: SyncedSet, skips: Skips): Promise<void> {
  const groups = await groupsFilled(tx, set)
  const above = [...(await roomsAbove(tx, groups)).values()].flat()
  for (const [, rooms] of groupBy(above, ({ kind, id, offer }) => `${kind} ${id} ${offer}`)) {
    const [room] = rooms
    if (room === undefined) continue
    await tx.query(`select 1 from ${room.kind} where id = $1 for no key update`, [room.id])
    const { rows } = await tx.query<{ ref: IdentityRef; count: number }>(
      `${takenPlaces}, here as materialized (
         select distinct person_id from taken where (kind, id, offer) = ($1, $2, $3)
       ), into_room as materialized (
         select person_id, group_id, ref from sync_diff
         where action = 'add' and coalesce(group_id, (select id from groups where vo_id = $6 and is_members)) = any($7) and person_id not in (select person_id from here)
       ), coming as (
         select person_id, row_number() over (order by min(ref)) as place from into_room group by 1
       ), gone as (
         delete from sync_diff d using into_room i join coming c using (person_id)
         where d.action = 'add' and d.person_id = i.person_id and d.group_id is not distinct from i.group_id
           and c.place > $4 - (select count(*) from here)
         returning d.ref
       )
       select ref, count(*) over ()::integer as count from (select distinct ref from gone) g order by 1 limit $5`,
      [...[room.kind, room.id, room.offer, room.places, namedAtMost], ...[set.vo.id, rooms.map(({ group }) => group)]],
    )
    const refs = rows.map(({ ref }) => ref)
    skips.add('full', rows[0]?.count ?? 0, refs)
  }
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
