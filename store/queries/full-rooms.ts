import { countPeople } from '../../core/model/count.ts'
import { describeRoom, roomsAbove, takenPlaces, type NamedRoom } from '../changes/memberships/places.ts'
import type { Db } from '../pool.ts'

/** Tells of groups into which a person does not come what is full there, in words. */
export async function fullRooms(
  db: Db,
  groups: readonly number[],
  person: number,
): Promise<ReadonlyMap<number, string>> {
  if (groups.length === 0) return new Map()
  const above = [...(await roomsAbove(db, groups)).values()].flat()
  const { rows } = await db.query<NamedRoom & { readonly group: number }>(
    `${takenPlaces}, above as (
       select * from json_to_recordset($1::json) as x("group" integer, kind text, id integer, offer text, places integer)
     )
     select distinct on (a."group") a."group", a.kind, a.offer, a.places, coalesce(f.name, g.name, vo.name) as name, gvo.name as vo
     from above a
     left join facility f on a.kind = 'facility' and f.id = a.id
     left join groups g on a.kind = 'groups' and g.id = a.id left join vo gvo on gvo.id = g.vo_id
     left join vo on a.kind = 'vo' and vo.id = a.id
     where a.places <= (
       select count(distinct t.person_id) from taken t where (t.kind, t.id, t.offer) = (a.kind, a.id, a.offer))
       and not exists (
         select from taken t where (t.kind, t.id, t.offer, t.person_id) = (a.kind, a.id, a.offer, $2))
     order by 1, 2, 3`,
    [JSON.stringify(above), person],
  )
  return new Map(rows.map((room) => [room.group, `${describeRoom(room).where} takes ${countPeople(room.places)}`]))
}
