import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { roomsAbove, takenPlaces } from '../memberships/places.ts'
import type { SyncedSet } from './find-set.ts'
import { namedAtMost, type Skips } from './skips.ts'

/** Takes out of `sync_diff` whom there is no place for, the last by identity; nobody who is in is dropped. */
export async function leaveOutFull(tx: Tx, set: SyncedSet, skips: Skips): Promise<void> {
  const group = await groupOf(tx, set)
  for (const room of (await roomsAbove(tx, [group])).get(group) ?? []) {
    await tx.query(`select 1 from ${room.kind} where id = $1 for no key update`, [room.id])
    const { rows } = await tx.query<{ ref: IdentityRef; count: number }>(
      `${takenPlaces}, here as materialized (
         select distinct person_id from taken where (kind, id, offer) = ($1, $2, $3)
       ), coming as (
         select d.person_id, row_number() over (order by d.ref) as place
         from sync_diff d where d.action = 'add' and d.person_id not in (select person_id from here)
       ), gone as (
         delete from sync_diff d using coming c
         where d.person_id = c.person_id and c.place > $4 - (select count(*) from here)
         returning d.ref
       )
       select ref, count(*) over ()::integer as count from gone order by 1 limit $5`,
      [room.kind, room.id, room.offer, room.places, namedAtMost],
    )
    const refs = rows.map(({ ref }) => ref)
    skips.add('full', rows[0]?.count ?? 0, refs)
  }
}

/** The VO's own rows bring people into the group of all its members. */
async function groupOf(tx: Tx, { vo, group }: SyncedSet): Promise<number> {
  if (group !== undefined) return group.id
  const { rows } = await tx.query<{ id: number }>('select id from groups where vo_id = $1 and is_members', [vo.id])
  return rows[0]?.id ?? 0
}
