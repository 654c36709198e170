import type { MembershipChange } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'
import { columnsOf, rowsFrom } from './row-columns.ts'

/** The rows' VO, group (null for the VO's own) and person; `membershipKey` joins the memberships `m` to them. */
export const namedRows = `${rowsFrom(1)}
  join vo on vo.name = x.vo
  left join groups g on x.kind = 'GroupMember' and g.vo_id = vo.id and g.name = x.name
  join identity i on i.ref = x."user"`
export const membershipKey = `m.vo_id = vo.id and m.group_id is not distinct from g.id and m.person_id = i.person_id`

/** Whose membership a statement touched, and through which group (undefined for the VO's own row). */
export interface TouchedRow {
  readonly vo: number
  readonly group: number | undefined
  readonly person: number
}

/** Adds rows of origin config. */
export async function addRows(tx: Tx, changes: readonly MembershipChange[], asOf: Date): Promise<TouchedRow[]> {
  return touched(
    tx,
    `insert into membership (vo_id, group_id, person_id, origin, since, file, line)
     select vo.id, g.id, i.person_id, 'config', $5, x.file, x.line
     from ${namedRows}
     where x.kind = 'Member' or g.id is not null
     on conflict do nothing
     returning vo_id, group_id, person_id`,
    [...columnsOf(changes), asOf],
  )
}

/** Hands rows of origin config over to the managers, where git no longer names the members. */
export async function releaseRows(tx: Tx, changes: readonly MembershipChange[], asOf: Date): Promise<TouchedRow[]> {
  return touched(
    tx,
    `with gone as (
       delete from membership m using ${namedRows}
       where ${membershipKey} and m.origin = 'config'
       returning m.*
     ), past as (${movedTo('$5')}), released as (
       insert into membership (vo_id, group_id, person_id, origin, status, expires, since)
       select vo_id, group_id, person_id, 'manager', status, expires, $5 from gone
       on conflict do nothing
     )
     select vo_id, group_id, person_id from gone`,
    [...columnsOf(changes), asOf],
  )
}

/** Ends rows of origin config, or of every origin where the change says so. */
export async function removeRows(tx: Tx, changes: readonly MembershipChange[], asOf: Date): Promise<TouchedRow[]> {
  return touched(
    tx,
    `with gone as (
       delete from membership m using ${namedRows}
       where ${membershipKey} and (m.origin = 'config' or x.every_origin)
       returning m.*
     ), past as (${movedTo('$5')})
     select vo_id, group_id, person_id from gone`,
    [...columnsOf(changes), asOf],
  )
}

/** Ends all rows of groups that are about to be deleted. */
export async function endRowsOfGroups(tx: Tx, groups: readonly number[], asOf: Date): Promise<TouchedRow[]> {
  return touched(
    tx,
    `with gone as (delete from membership m where m.group_id = any($1) returning m.*),
     past as (${movedTo('$2')})
     select vo_id, group_id, person_id from gone`,
    [groups, asOf],
  )
}

/** Ends all rows of VOs that are about to be deleted. */
export async function endRowsOfVos(tx: Tx, vos: readonly number[], asOf: Date): Promise<TouchedRow[]> {
  return touched(
    tx,
    `with gone as (delete from membership m where m.vo_id = any($1) returning m.*),
     past as (${movedTo('$2')})
     select vo_id, group_id, person_id from gone`,
    [vos, asOf],
  )
}

function movedTo(ended: string): string {
  return `insert into membership_past (vo_id, group_id, person_id, origin, origin_name, status, expires, began, ended)
    select vo_id, group_id, person_id, origin, origin_name, status, expires, since, ${ended} from gone`
}

async function touched(tx: Tx, sql: string, parameters: readonly unknown[]): Promise<TouchedRow[]> {
  const { rows } = await tx.query<{ vo_id: number; group_id: number | null; person_id: number }>(sql, [...parameters])
  return rows.map(({ vo_id, group_id, person_id }) => ({ vo: vo_id, group: group_id ?? undefined, person: person_id }))
}
