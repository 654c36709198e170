import { countPeople } from '../../../core/model/count.ts'
import { groupBy } from '../../../core/model/group-by.ts'
import type { Db, Tx } from '../../pool.ts'
import { FullError } from './within-places.ts'

/** What takes so many people only, by the row that is locked while they are counted. */
export interface Room {
  readonly kind: 'facility' | 'groups' | 'vo'
  readonly id: number
  /** An offer of the facility; empty for groups and VOs. */
  readonly offer: string
}

/** A place that somebody takes. */
export interface Place extends Room {
  readonly places: number
  readonly person: number
}

/** Who of some people takes a place where. */
export type Places = ReadonlyMap<string, Place>

/** A relation `taken` of who takes a place in what takes so many people only, whatever has come to an end; `joining` are pairs of VO and person who count too. */
const takenBy = (joining: string, membership = 'membership'): string => `
  with offered as (
    select f.id, o->>'name' as offer, vo.id as vo_id, (o->>'maxMembers')::integer as places
    from facility f cross join lateral jsonb_array_elements(f.spec->'offers') o
    join vo on vo.name = o->>'vo'
    where f.spec @? '$.offers[*].maxMembers' and o ? 'maxMembers'
  ), counted as not materialized (
    select vo_id, person_id from member where status <> 'DISABLED'${joining}
  ), assigned as not materialized (
    select distinct o.id, o.offer, o.places, g.id as group_id, g.is_members, g.vo_id
    from offered o
    join resource r on (r.facility_id, r.vo_id) = (o.id, o.vo_id) and coalesce(r.spec->>'offer', o.offer) = o.offer
    join resource_group rg on rg.resource_id = r.id
    join groups g on g.id = rg.group_id
  ), taken as not materialized (
    select 'facility' as kind, a.id, a.offer, a.places, m.person_id
    from assigned a cross join lateral group_with_below(a.group_id) c
    join ${membership} m on m.group_id = c.below
    join counted mb on (mb.vo_id, mb.person_id) = (m.vo_id, m.person_id)
    where not a.is_members
    union all
    select 'facility', a.id, a.offer, a.places, mb.person_id
    from assigned a join counted mb on mb.vo_id = a.vo_id
    where a.is_members
    union all
    select 'groups', g.id, '', (g.spec->>'maxMembers')::integer, m.person_id
    from groups g cross join lateral group_with_below(g.id) c
    join ${membership} m on m.group_id = c.below
    join counted mb on (mb.vo_id, mb.person_id) = (m.vo_id, m.person_id)
    where g.spec ? 'maxMembers'
    union all
    select 'vo', vo.id, '', (vo.spec->>'maxMembers')::integer, mb.person_id
    from vo join counted mb on mb.vo_id = vo.id
    where vo.spec ? 'maxMembers'
  )`

/** The relation `taken` as members are counted. */
export const takenPlaces = takenBy('')

/** The same, once rows `m` of which this is so are gone. */
export const takenWithout = (isGone: string): string =>
  takenBy('', `(select m.* from membership m where not ${isGone})`)

/** People who count as members of VOs, because they are about to be. */
export interface Joining {
  readonly vos: readonly number[]
  readonly persons: readonly number[]
}

/** Nobody does. */
const nobodyJoins: Joining = { vos: [], persons: [] }

const takenSoon = takenBy(' union all select * from unnest($1::integer[], $2::integer[])')

/** Lists the limited places that these people take. */
export async function placesOf(tx: Tx, persons: readonly number[], joining = nobodyJoins): Promise<Places> {
  const { rows } = await tx.query<Place>(
    `${takenSoon} select distinct kind, id, offer, places, person_id as person from taken
     where person_id = any($3) order by 1, 2, 3, 5`,
    [joining.vos, joining.persons, persons],
  )
  return new Map(rows.map((place) => [`${keyOf(place)} ${place.person}`, place]))
}

/** Names what takes so many people only. */
export function keyOf({ kind, id, offer }: Room): string {
  return `${kind} ${id} ${offer}`
}

/** Counts who is in some rooms; makes others who take a place there wait until it is certain who is in. */
export async function countTaken(
  tx: Tx,
  rooms: readonly Room[],
  joining = nobodyJoins,
): Promise<ReadonlyMap<string, number>> {
  await lockRooms(tx, rooms)
  const { rows } = await tx.query<Room & { count: number }>(
    `${takenSoon} select kind, id, offer, count(distinct person_id)::integer as count from taken
     where (kind, id, offer) in (select * from unnest($3::text[], $4::integer[], $5::text[])) group by 1, 2, 3`,
    [joining.vos, joining.persons, ...columnsOf(rooms)],
  )
  return new Map(rows.map(({ count, ...room }) => [keyOf(room), count]))
}

/** Lists where people have no place any more who had one; whoever counts there from now on waits until that is certain. */
export async function lockFreed(tx: Tx, had: Places): Promise<readonly Room[]> {
  if (had.size === 0) return []
  const persons = [...new Set([...had.values()].map(({ person }) => person))]
  const has = await placesOf(tx, persons)
  const left = [...had].flatMap(([key, room]) => (has.has(key) ? [] : [[keyOf(room), room] as const]))
  const rooms = [...new Map(left).values()]
  await lockRooms(tx, rooms)
  return rooms
}

function columnsOf(rooms: readonly Room[]): unknown[] {
  return [rooms.map(({ kind }) => kind), rooms.map(({ id }) => id), rooms.map(({ offer }) => offer)]
}

async function lockRooms(tx: Tx, rooms: readonly Room[]): Promise<void> {
  for (const kind of ['facility', 'groups', 'vo'] as const) {
    const ids = rooms.flatMap((room) => (room.kind === kind ? [room.id] : []))
    if (ids.length > 0) await tx.query(`select 1 from ${kind} where id = any($1) order by id for no key update`, [ids])
  }
}

/** Something limited into which people of a group come. */
export interface RoomAbove extends Room {
  readonly group: number
  readonly places: number
}

/** Lists, by group, what takes so many people only and gets those who come into the group. */
export async function roomsAbove(
  db: Db,
  groups: readonly number[],
): Promise<ReadonlyMap<number, readonly RoomAbove[]>> {
  const { rows } = await db.query<RoomAbove>(
    `with recursive up(group_id, above) as (
       select g, g from unnest($1::integer[]) g
       union select up.group_id, e.above from up join edge e on e.below = up.above
     ), up_to as (
       select group_id, above from up
       union select g.id, all_members.id
       from groups g join groups all_members on all_members.vo_id = g.vo_id and all_members.is_members
       where g.id = any($1)
     )
     select g.id as "group", 'vo' as kind, vo.id, '' as offer, (vo.spec->>'maxMembers')::integer as places
     from groups g join vo on vo.id = g.vo_id and vo.spec ? 'maxMembers' where g.id = any($1)
     union all
     select up_to.group_id, 'groups', g.id, '', (g.spec->>'maxMembers')::integer
     from up_to join groups g on g.id = up_to.above and g.spec ? 'maxMembers'
     union all
     select distinct up_to.group_id, 'facility', f.id, o->>'name', (o->>'maxMembers')::integer
     from facility f cross join lateral jsonb_array_elements(f.spec->'offers') o
     join vo on vo.name = o->>'vo'
     join resource r on (r.facility_id, r.vo_id) = (f.id, vo.id) and coalesce(r.spec->>'offer', o->>'name') = o->>'name'
     join resource_group rg on rg.resource_id = r.id
     join up_to on up_to.above = rg.group_id
     where f.spec @? '$.offers[*].maxMembers' and o ? 'maxMembers'
     order by 1, 2, 3, 4`,
    [groups],
  )
  return groupBy(rows, ({ group }) => group)
}

/** Refuses to let people in where no place is left; people in already may stay. */
export async function requirePlaces(tx: Tx, persons: readonly number[], before: Places): Promise<void> {
  const newly = [...(await placesOf(tx, persons))].flatMap(([key, room]) => (before.has(key) ? [] : [room]))
  if (newly.length === 0) return
  // Whoever takes the last place makes others wait until it is certain that it is taken.
  await lockRooms(tx, newly)
  const { rows } = await tx.query<FullRoom>(
    `${takenPlaces}, full_room as (
       select kind, id, offer, places, count(distinct person_id)::integer as taken from taken
       where (kind, id, offer) in (select * from unnest($1::text[], $2::integer[], $3::text[]))
       group by 1, 2, 3, 4 having count(distinct person_id) > places
     )
     select x.kind, x.id, x.places, x.taken, x.offer, coalesce(f.name, g.name, vo.name) as name, gvo.name as vo
     from full_room x
     left join facility f on x.kind = 'facility' and f.id = x.id
     left join groups g on x.kind = 'groups' and g.id = x.id left join vo gvo on gvo.id = g.vo_id
     left join vo on x.kind = 'vo' and vo.id = x.id
     order by x.kind, 5, x.offer`,
    columnsOf(newly),
  )
  const [first] = rows
  if (first !== undefined) throw fullError(first, rows, newly)
}

/** A room by its names. */
export interface NamedRoom extends Omit<RoomAbove, 'id' | 'group'> {
  readonly name: string
  /** Of a group. */
  readonly vo: string | null
}

interface FullRoom extends NamedRoom {
  readonly id: number
  readonly taken: number
}

function fullError(first: FullRoom, rooms: readonly FullRoom[], newly: readonly Place[]): FullError {
  const { places, taken: count } = first
  const { where, inside, names } = describeRoom(first)
  const newcomers = groupBy(newly, keyOf)
  return new FullError(
    `Cannot let ${count > places + 1 ? 'them' : 'one more'} in: ${where} takes ${countPeople(places)}, ${count} would be ${inside}`,
    {
      facts: { ...names, places, taken: count },
      full: rooms.map((room) => ({
        ...{ where: describeRoom(room).where, places: room.places, taken: room.taken },
        newcomers: new Set((newcomers.get(keyOf(room)) ?? []).map(({ person }) => person)),
      })),
    },
  )
}

/** Calls a room what people call it. */
export function describeRoom({ kind, name, vo, offer }: NamedRoom) {
  switch (kind) {
    case 'facility':
      return {
        where: `offer "${offer}" of facility "${name}"`,
        inside: 'on its resources',
        names: { facility: name, offer },
      }
    case 'groups':
      return { where: `group "${vo ?? ''}/${name}"`, inside: 'in it', names: { vo: vo ?? '', group: name } }
    case 'vo':
      return { where: `VO "${name}"`, inside: 'in it', names: { vo: name } }
  }
}
