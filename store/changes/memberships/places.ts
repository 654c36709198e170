import { GuildhallError } from '../../../core/errors.ts'
import type { Tx } from '../../pool.ts'

/** What takes so many people only, by the row that is locked while they are counted. */
export interface Room {
  readonly kind: 'facility' | 'groups' | 'vo'
  readonly id: number
  /** An offer of the facility; empty for groups and VOs. */
  readonly offer: string
}

/** Who of some people takes a place where. */
export type Places = ReadonlyMap<string, Room>

/** A relation `taken` of who takes a place in what takes so many people only. */
export const takenPlaces = `
  with offered as (
    select f.id, o->>'name' as offer, vo.id as vo_id, (o->>'maxMembers')::integer as places
    from facility f cross join lateral jsonb_array_elements(coalesce(f.spec->'offers', '[]')) o
    join vo on vo.name = o->>'vo'
    where o ? 'maxMembers'
  ), taken as (
    select 'facility' as kind, o.id, o.offer, o.places, reach.person_id
    from offered o
    join resource r on (r.facility_id, r.vo_id) = (o.id, o.vo_id) and coalesce(r.spec->>'offer', o.offer) = o.offer
    join reach on reach.resource_id = r.id
    join member mb on (mb.vo_id, mb.person_id) = (reach.vo_id, reach.person_id) and mb.status <> 'DISABLED'
    union all
    select 'groups', g.id, '', (g.spec->>'maxMembers')::integer, m.person_id
    from groups g
    join closure c on c.above = g.id
    join membership m on m.group_id = c.below
    join member mb on (mb.vo_id, mb.person_id) = (m.vo_id, m.person_id) and mb.status <> 'DISABLED'
    where g.spec ? 'maxMembers'
    union all
    select 'vo', vo.id, '', (vo.spec->>'maxMembers')::integer, mb.person_id
    from vo join member mb on mb.vo_id = vo.id and mb.status <> 'DISABLED'
    where vo.spec ? 'maxMembers'
  )`

/** Lists the limited places that these people take. */
export async function placesOf(tx: Tx, persons: readonly number[]): Promise<Places> {
  const { rows } = await tx.query<Room & { person: number }>(
    `${takenPlaces} select distinct kind, id, offer, person_id as person from taken where person_id = any($1) order by 1, 2, 3`,
    [persons],
  )
  return new Map(rows.map(({ person, ...room }) => [`${room.kind} ${room.id} ${room.offer} ${person}`, room]))
}

/** Refuses to let people in where no place is left; people in already may stay. */
export async function requirePlaces(tx: Tx, persons: readonly number[], before: Places): Promise<void> {
  const newly = [...(await placesOf(tx, persons))].flatMap(([key, room]) => (before.has(key) ? [] : [room]))
  if (newly.length === 0) return
  // Whoever takes the last place makes others wait until it is certain that it is taken.
  for (const kind of ['facility', 'groups', 'vo'] as const) {
    const ids = newly.flatMap((room) => (room.kind === kind ? [room.id] : []))
    if (ids.length > 0) await tx.query(`select 1 from ${kind} where id = any($1) order by id for no key update`, [ids])
  }
  const { rows } = await tx.query<FullRoom>(
    `${takenPlaces}, full_room as (
       select kind, id, offer, places, count(distinct person_id)::integer as taken from taken
       where (kind, id, offer) in (select * from unnest($1::text[], $2::integer[], $3::text[]))
       group by 1, 2, 3, 4 having count(distinct person_id) > places
     )
     select x.kind, x.places, x.taken, x.offer, coalesce(f.name, g.name, vo.name) as name, gvo.name as vo
     from full_room x
     left join facility f on x.kind = 'facility' and f.id = x.id
     left join groups g on x.kind = 'groups' and g.id = x.id left join vo gvo on gvo.id = g.vo_id
     left join vo on x.kind = 'vo' and vo.id = x.id
     order by x.kind, 5, x.offer`,
    [newly.map(({ kind }) => kind), newly.map(({ id }) => id), newly.map(({ offer }) => offer)],
  )
  const [full] = rows
  if (full !== undefined) throw fullError(full)
}

interface FullRoom {
  readonly kind: Room['kind']
  readonly name: string
  /** Of a group. */
  readonly vo: string | null
  readonly offer: string
  readonly places: number
  readonly taken: number
}

function fullError(full: FullRoom): GuildhallError {
  const { places, taken: count } = full
  const { where, inside, names } = describe(full)
  return new GuildhallError(
    'FULL',
    `Cannot let ${count > places + 1 ? 'them' : 'one more'} in: ${where} takes ${places} people, ${count} would be ${inside}`,
    { facts: { ...names, places, taken: count } },
  )
}

function describe({ kind, name, vo, offer }: FullRoom) {
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
