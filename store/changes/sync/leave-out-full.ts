import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { takenPlaces, type Room } from '../memberships/places.ts'
import type { SyncedSet } from './find-set.ts'
import { namedAtMost, type Skips } from './skips.ts'

interface LimitedRoom extends Room {
  readonly places: number
}

/** Takes out of `sync_diff` whom there is no place for, the last by identity; nobody who is in is dropped. */
export async function leaveOutFull(tx: Tx, set: SyncedSet, skips: Skips): Promise<void> {
  for (const room of await roomsAbove(tx, set)) {
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

/** What takes so many people only, and gets those who come into the set. */
async function roomsAbove(tx: Tx, { vo, group }: SyncedSet): Promise<LimitedRoom[]> {
  const { rows } = await tx.query<LimitedRoom>(
    `with above as (
       select c.above as id from closure c where c.below = $2
       union select g.id from groups g where g.vo_id = $1 and g.is_members
     )
     select 'vo' as kind, id, '' as offer, (spec->>'maxMembers')::integer as places from vo where id = $1 and spec ? 'maxMembers'
     union all
     select 'groups', g.id, '', (g.spec->>'maxMembers')::integer
     from above join groups g on g.id = above.id and g.spec ? 'maxMembers'
     union all
     select distinct 'facility', f.id, o->>'name', (o->>'maxMembers')::integer
     from above
     join resource_group rg on rg.group_id = above.id
     join resource r on r.id = rg.resource_id
     join vo on vo.id = r.vo_id
     join facility f on f.id = r.facility_id
     cross join lateral jsonb_array_elements(coalesce(f.spec->'offers', '[]')) o
     where o ? 'maxMembers' and o->>'vo' = vo.name and coalesce(r.spec->>'offer', o->>'name') = o->>'name'
     order by 1, 2, 3`,
    [vo.id, group?.id ?? null],
  )
  return rows
}
