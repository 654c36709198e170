import type { MembershipChange } from '../../core/model/plan.ts'
import type { DesiredRow } from '../../core/model/state.ts'
import type { Tx } from '../pool.ts'
import { columnsOf, rowsFrom } from './row-columns.ts'

/** The rows' VO, group (null for the VO's own) and person. */
const named = `${rowsFrom(1)}
  join vo on vo.name = x.vo
  left join groups g on x.kind = 'GroupMember' and g.vo_id = vo.id and g.name = x.name
  join identity i on i.ref = x."user"`
const key = `m.vo_id = vo.id and m.group_id is not distinct from g.id and m.person_id = i.person_id`

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
     from ${named}
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
       delete from membership m using ${named}
       where ${key} and m.origin = 'config'
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
       delete from membership m using ${named}
       where ${key} and (m.origin = 'config' or x.every_origin)
       returning m.*
     ), past as (${movedTo('$5')})
     select vo_id, group_id, person_id from gone`,
    [...columnsOf(changes), asOf],
  )
}

/** Notes where each declared membership stands now; `updatePositions` does the same for documents. */
export async function updateRowPositions(tx: Tx, rows: readonly DesiredRow[]): Promise<void> {
  if (rows.length === 0) return
  const placed = rows.map(({ vo, group, user, at }) => {
    const kind = group === undefined ? 'Member' : 'GroupMember'
    return { action: 'change', kind, vo, name: group ?? vo, user, at } as const
  })
  await tx.query(
    `update membership m set file = x.file, line = x.line from ${named}
     where ${key} and m.origin = 'config' and (m.file, m.line) is distinct from (x.file, x.line)`,
    [...columnsOf(placed)],
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
