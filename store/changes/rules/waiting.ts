import { groupBy } from '../../../core/model/group-by.ts'
import type { Tx } from '../../pool.ts'
import type { StatusChange } from '../../../core/model/plan.ts'
import { keyOf, placesOf, roomsAbove, takenPlaces, type Place, type Room } from '../memberships/places.ts'
import type { RuleOutcome } from './rule-rows.ts'

/** Notes who waits for a place in a group that a rule fills. */
export async function noteWaiting(tx: Tx, group: number, persons: readonly number[]): Promise<void> {
  if (persons.length === 0) return
  await tx.query(
    `insert into waiting_for_place (group_id, person_id)
     select $1, person_id from unnest($2::integer[]) as x(person_id) on conflict do nothing`,
    [group, persons],
  )
}

/** Forgets of these people who waits no more: the rule does not want them, or they are in. */
export async function forgetWaiting(tx: Tx, { groups, people, asked }: RuleOutcome): Promise<void> {
  await tx.query(
    `delete from waiting_for_place w
     where w.group_id = any($3) and w.person_id = any($4) and (
       not exists (
         select from unnest($1::integer[], $2::integer[]) as x(group_id, person_id)
         where (x.group_id, x.person_id) = (w.group_id, w.person_id))
       or exists (
         select from membership m where m.origin = 'rule' and (m.group_id, m.person_id) = (w.group_id, w.person_id)))`,
    [groups, people, asked.groups, asked.persons],
  )
}

/** Notes whom a plan leaves out, and forgets who is in by now; of people and groups that are not there yet a later step of it tells. */
export async function notePlanned(tx: Tx, waiting: readonly WaitingOne[]): Promise<void> {
  await tx.query(
    `delete from waiting_for_place w using membership m
     where m.origin = 'rule' and (m.group_id, m.person_id) = (w.group_id, w.person_id)`,
  )
  if (waiting.length === 0) return
  await tx.query(
    `insert into waiting_for_place (group_id, person_id)
     select g.id, i.person_id
     from json_to_recordset($1::json) as x(vo text, "group" text, "user" text)
     join vo on vo.name = x.vo join groups g on g.vo_id = vo.id and g.name = x."group"
     join rule r on r.group_id = g.id join identity i on i.ref = x."user"
     where not exists (
       select from membership m where m.origin = 'rule' and (m.group_id, m.person_id) = (g.id, i.person_id))
     on conflict do nothing`,
    [JSON.stringify(waiting)],
  )
}

interface WaitingOne extends Pick<StatusChange, 'vo' | 'user'> {
  readonly group: string
}

const atOnce = 200

interface Trying {
  /** Those tried already. */
  readonly tried: readonly number[]
  /** Where places got free. */
  readonly freed: readonly Room[]
}

/** Finds the next people who wait for these rooms where nothing is full that does not count them already, by their names. */
export async function nextToTry(tx: Tx, { tried, freed }: Trying): Promise<number[]> {
  const { rows: groups } = await tx.query<{ id: number; vo: number; disabled: number[] }>(
    `select w.group_id as id, g.vo_id as vo, coalesce(array_agg(w.person_id) filter (where mb.status = 'DISABLED'), '{}') as disabled
     from waiting_for_place w join groups g on g.id = w.group_id
     left join member mb on (mb.vo_id, mb.person_id) = (g.vo_id, w.person_id)
     group by 1, 2`,
  )
  if (groups.length === 0) return []
  const roomsOf = await roomsAbove(
    tx,
    groups.map(({ id }) => id),
  )
  const isFreed = new Set(freed.map(keyOf))
  // Whoever is brought back enters rooms by other rows, too.
  const hopeful = groups.filter(
    ({ id, disabled }) => disabled.length > 0 || roomsOf.get(id)?.some((room) => isFreed.has(keyOf(room))),
  )
  if (hopeful.length === 0) return []
  const ids = hopeful.map(({ id }) => id)
  const above = ids.flatMap((id) => roomsOf.get(id) ?? [])
  const { rows } = await tx.query<{ person_id: number }>(
    `${takenPlaces}, above as (
       select * from json_to_recordset($1::json) as x("group" integer, kind text, id integer, offer text, places integer)
     ), entering as (
       select * from json_to_recordset($5::json) as x(vo integer, person integer, kind text, id integer, offer text)
     ), room_full as materialized (
       select t.kind, t.id, t.offer from taken t
       join (select kind, id, offer from above union select kind, id, offer from entering) a using (kind, id, offer)
       group by 1, 2, 3, t.places having count(distinct t.person_id) >= t.places
     ), inside as materialized (
       select t.kind, t.id, t.offer, t.person_id from taken t join room_full f using (kind, id, offer)
       where t.person_id in (select person_id from waiting_for_place)
     )
     select w.person_id
     from waiting_for_place w join person p on p.id = w.person_id join groups g on g.id = w.group_id
     where w.group_id = any($4) and w.person_id <> all($2) and not exists (
       select from above a join room_full f using (kind, id, offer)
       where a."group" = w.group_id and not exists (
         select from inside i where (i.kind, i.id, i.offer, i.person_id) = (f.kind, f.id, f.offer, w.person_id)))
       and not exists (
         select from entering e join room_full f using (kind, id, offer) where (e.vo, e.person) = (g.vo_id, w.person_id))
     group by 1, p.identities[1] order by p.identities[1] collate "C" limit $3`,
    [JSON.stringify(above), tried, atOnce, ids, JSON.stringify(await enteredBack(tx, hopeful))],
  )
  return rows.map(({ person_id }) => person_id)
}

interface Returning {
  readonly vo: number
  /** Who is DISABLED in the VO, and would be brought back. */
  readonly disabled: readonly number[]
}

/** Where those take a place, by whatever rows, who are brought back, and have none now. */
async function enteredBack(tx: Tx, groups: readonly Returning[]): Promise<(Place & { readonly vo: number })[]> {
  const entering: (Place & { readonly vo: number })[] = []
  for (const [vo, ofVo] of groupBy(groups, (one) => one.vo)) {
    const persons = [...new Set(ofVo.flatMap(({ disabled }) => disabled))]
    if (persons.length === 0) continue
    const has = await placesOf(tx, persons)
    const would = await placesOf(tx, persons, { persons, vos: persons.map(() => vo) })
    for (const [key, place] of would) if (!has.has(key)) entering.push({ ...place, vo })
  }
  return entering
}
