import { groupBy } from '../../core/model/group-by.ts'
import type { MembershipChange } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'
import { columnsOf } from './row-columns.ts'
import { rowsIntoPast } from './past.ts'

/**
 * The rows of `columnsOf` as `named`, with VO, group (null for the VO's own) and person; `isNamed` joins the memberships
 * `m` to them. Each place is looked up once, and apart from the memberships: of a table that has just been filled
 * PostgreSQL thinks that it is small, and would read it anew for every place.
 */
export const named = `place as materialized (
    select p.place, p.every_origin, p.file, vo.id as vo_id, g.id as group_id
    from json_to_recordset($1::json) as p(place integer, kind text, vo text, name text, every_origin boolean, file text)
    join vo on vo.name = p.vo
    left join groups g on p.kind = 'GroupMember' and g.vo_id = vo.id and g.name = p.name
    where p.kind = 'Member' or g.id is not null
  ), named as materialized (
    select place.vo_id, place.group_id, i.person_id, i.id as identity_id, place.every_origin, place.file, one.line, one.expires
    from unnest($2::text[], $3::integer[], $4::integer[], $5::date[]) as one("user", place, line, expires)
    join place on place.place = one.place
    join identity i on i.ref = one."user"
  )`
export const isNamed = `(m.vo_id, m.person_id) = (named.vo_id, named.person_id)
  and m.group_id is not distinct from named.group_id`

/** When rows are written, and of which origin. */
export interface Writing {
  readonly asOf: Date
  readonly origin?: 'config' | 'rule'
}

/** Ends rows that sources gave, each of the source that its change names. */
export async function endSyncedRows(
  tx: Tx,
  changes: readonly MembershipChange[],
  { asOf }: Writing,
): Promise<TouchedRow[]> {
  const ended: TouchedRow[] = []
  for (const [source, ofSource] of groupBy(changes, (change) => change.source ?? '')) {
    const rows = await touched(
      tx,
      `with ${named}, gone as (
         delete from membership m using named
         where ${isNamed} and m.origin = 'sync' and m.origin_name = $7
         returning m.*
       ), past as (${rowsIntoPast('$6', 'gone')})
       select vo_id, group_id, person_id from gone`,
      [...columnsOf(ofSource), asOf, source],
    )
    ended.push(...rows)
  }
  return ended
}

/** Whose membership a statement touched, and through which group (undefined for the VO's own row). */
export interface TouchedRow {
  readonly vo: number
  readonly group: number | undefined
  readonly person: number
}

/** Adds rows of origin config, or of origin rule. */
export async function addRows(
  tx: Tx,
  changes: readonly MembershipChange[],
  { asOf, origin = 'config' }: Writing,
): Promise<TouchedRow[]> {
  return touched(
    tx,
    `with ${named}
     insert into membership (vo_id, group_id, person_id, identity_id, origin, status, expires, since, file, line)
     select vo_id, group_id, person_id, ${origin === 'config' ? 'identity_id' : 'null'}, '${origin}', ${statusAt('$6')}, expires, $6, file, line from named
     on conflict do nothing
     returning vo_id, group_id, person_id`,
    [...columnsOf(changes), asOf],
  )
}

/** Gives rows of origin config another date, or none. */
export async function redateRows(
  tx: Tx,
  changes: readonly MembershipChange[],
  { asOf }: Writing,
): Promise<TouchedRow[]> {
  return touched(
    tx,
    `with ${named}, gone as (
       select m.*, named.expires as new_date from membership m join named on ${isNamed}
       where m.origin = 'config' and m.expires is distinct from named.expires
     ), past as (${rowsIntoPast('$6', 'gone')}), redated as (
       update membership m
       set expires = named.expires, status = ${statusAt('$6')}, status_since = $6, file = named.file, line = named.line,
         identity_id = named.identity_id
       from named where ${isNamed} and m.origin = 'config' and m.expires is distinct from named.expires
     )
     select vo_id, group_id, person_id from gone`,
    [...columnsOf(changes), asOf],
  )
}

/** What a named row is at a moment: EXPIRED from the first moment of its date. */
function statusAt(moment: string): string {
  const isOver = `named.expires is not null and named.expires <= day_of(${moment}, zone_of(named.vo_id))`
  return `case when ${isOver} then 'EXPIRED' else 'VALID' end::status`
}

/** Hands rows of origin config over to the managers, where git no longer names the members; of two rows the one that lasts longer stands. */
export async function releaseRows(
  tx: Tx,
  changes: readonly MembershipChange[],
  { asOf }: Writing,
): Promise<TouchedRow[]> {
  return touched(
    tx,
    `with ${named}, gone as (
       delete from membership m using named
       where ${isNamed} and m.origin = 'config'
       returning m.*
     ), ${valuesPassOn}, past as (${rowsIntoPast('$6', 'gone')}), shorter as (
       select m.* from membership m join gone g on (g.vo_id, g.person_id) = (m.vo_id, m.person_id)
         and g.group_id is not distinct from m.group_id
       where m.origin = 'manager' and m.origin_name = '' and ${lastsLonger('g', 'm')}
     ), past_of_shorter as (${rowsIntoPast('$6', 'shorter')}), released as (
       insert into membership (vo_id, group_id, person_id, origin, status, expires, since)
       select vo_id, group_id, person_id, 'manager', status, expires, $6 from gone
       on conflict (group_id, person_id, vo_id, origin, origin_name) do update
       set status = excluded.status, expires = excluded.expires, status_since = $6
       where ${lastsLonger('excluded', 'membership')}
     )
     select vo_id, group_id, person_id from gone`,
    [...columnsOf(changes), asOf],
  )
}

/** Ends rows of origin config, or of origin rule; where the change says so of every origin, but that a rule or a source fills a set is the document's own word. */
export async function removeRows(
  tx: Tx,
  changes: readonly MembershipChange[],
  { asOf, origin = 'config' }: Writing,
): Promise<TouchedRow[]> {
  return touched(
    tx,
    `with ${named}, gone as (
       delete from membership m using named
       where ${isNamed} and (m.origin = '${origin}' or (named.every_origin and m.origin not in ('rule', 'sync')))
       returning m.*
     ), ${valuesGo}, past as (${rowsIntoPast('$6', 'gone')})
     select vo_id, group_id, person_id from gone`,
    [...columnsOf(changes), asOf],
  )
}

/** Ends all rows of groups that are about to be deleted. */
export async function endRowsOfGroups(tx: Tx, groups: readonly number[], asOf: Date): Promise<TouchedRow[]> {
  return touched(
    tx,
    `with gone as (delete from membership m where m.group_id = any($1) returning m.*),
     past as (${rowsIntoPast('$2', 'gone')})
     select vo_id, group_id, person_id from gone`,
    [groups, asOf],
  )
}

/** Ends all rows of VOs that are about to be deleted. */
export async function endRowsOfVos(tx: Tx, vos: readonly number[], asOf: Date): Promise<TouchedRow[]> {
  return touched(
    tx,
    `with gone as (delete from membership m where m.vo_id = any($1) returning m.*),
     past as (${rowsIntoPast('$2', 'gone')})
     select vo_id, group_id, person_id from gone`,
    [vos, asOf],
  )
}

/** Ends all rows that people have in a VO and its groups: nobody is in a group of a VO that they are no member of. */
export async function endRowsOfMembers(
  tx: Tx,
  { vo, persons }: { readonly vo: number; readonly persons: readonly number[] },
  at: Date,
): Promise<void> {
  if (persons.length === 0) return
  await tx.query(
    `with gone as (delete from membership m where m.vo_id = $1 and m.person_id = any($2) returning m.*) ${rowsIntoPast('$3', 'gone')}`,
    [vo, persons, at],
  )
}

/** The values that rows `gone` of git gave their members. */
const theirs = `v.origin = 'config' and (v.attribute, v.subject, v.object)
  = (case when gone.group_id is null then 'member.' else 'member-group.' end || k.name, gone.person_id, coalesce(gone.group_id, gone.vo_id))`

/** What git gave goes with the row … */
const valuesGo = `freed as (
    delete from attribute_unique v using gone, jsonb_object_keys(gone.attributes) as k(name)
    where not v.lasting and ${theirs.replace("v.origin = 'config' and ", '')}
  ), valueless as (
    delete from attribute_value v using gone, jsonb_object_keys(gone.attributes) as k(name) where ${theirs}
  )`

/** … or is the managers' from then on, like the row. */
const valuesPassOn = `passed as (
    update attribute_value v set origin = 'manager' from gone, jsonb_object_keys(gone.attributes) as k(name) where ${theirs}
  )`

function lastsLonger(one: string, other: string): string {
  return `${other}.expires is not null and (${one}.expires is null or ${one}.expires > ${other}.expires)`
}

async function touched(tx: Tx, sql: string, parameters: readonly unknown[]): Promise<TouchedRow[]> {
  const { rows } = await tx.query<{ vo_id: number; group_id: number | null; person_id: number }>(sql, [...parameters])
  return rows.map(({ vo_id, group_id, person_id }) => ({ vo: vo_id, group: group_id ?? undefined, person: person_id }))
}
