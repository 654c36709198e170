import { GuildhallError } from '../../../core/errors.ts'
import type { Tx } from '../../pool.ts'

/** Who of some people takes a place in which offer: `<facility>/<offer> <person>`. */
export type Places = ReadonlySet<string>

const counted = `
  with offered as (
    select f.id as facility_id, f.name as facility, o->>'name' as offer, vo.id as vo_id, (o->>'maxMembers')::integer as places
    from facility f cross join lateral jsonb_array_elements(coalesce(f.spec->'offers', '[]')) o
    join vo on vo.name = o->>'vo'
    where o ? 'maxMembers'
  ), taken as (
    select o.facility_id, o.facility, o.offer, o.places, reach.person_id
    from offered o
    join resource r on (r.facility_id, r.vo_id) = (o.facility_id, o.vo_id) and coalesce(r.spec->>'offer', o.offer) = o.offer
    join reach on reach.resource_id = r.id
    join member mb on (mb.vo_id, mb.person_id) = (reach.vo_id, reach.person_id) and mb.status <> 'DISABLED'
  )`

/** Lists the limited places that these people take. */
export async function placesOf(tx: Tx, persons: readonly number[]): Promise<Places> {
  const { rows } = await tx.query<{ key: string }>(
    `${counted} select distinct facility || '/' || offer || ' ' || person_id as key from taken where person_id = any($1)`,
    [persons],
  )
  return new Set(rows.map(({ key }) => key))
}

/** Refuses to let people in where an offer has no place left; people in already may stay. */
export async function requirePlaces(tx: Tx, persons: readonly number[], before: Places): Promise<void> {
  const newly = [...(await placesOf(tx, persons))].filter((key) => !before.has(key))
  if (newly.length === 0) return
  const offers = [...new Set(newly.map((key) => key.slice(0, key.lastIndexOf(' '))))]
  // Whoever takes the last place makes others wait until it is certain that it is taken.
  await tx.query(
    `select 1 from facility where name in (select split_part(unnest($1::text[]), '/', 1)) order by id for no key update`,
    [offers],
  )
  const { rows } = await tx.query<{ facility: string; offer: string; places: number; taken: number }>(
    `${counted} select facility, offer, places, count(distinct person_id)::integer as taken from taken
     where facility || '/' || offer = any($1) group by 1, 2, 3 having count(distinct person_id) > places order by 1, 2`,
    [offers],
  )
  const [full] = rows
  if (full === undefined) return
  const { facility, offer, places, taken } = full
  throw new GuildhallError(
    'FULL',
    `Cannot let ${taken > places + 1 ? 'them' : 'one more'} in: offer "${offer}" of facility "${facility}" takes ${places} people, ${taken} would be on its resources`,
    { facts: { facility, offer, places, taken } },
  )
}
