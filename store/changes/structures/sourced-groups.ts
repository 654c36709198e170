import type { DocumentChange } from '../../../core/model/plan.ts'
import type { Tx } from '../../pool.ts'

/** Notes which of the written groups sources keep; one that git declares now is git's. */
export async function noteSourced(
  tx: Tx,
  changes: readonly DocumentChange[],
  written: readonly number[],
): Promise<void> {
  const handedOver = changes.flatMap(({ have, want }) =>
    have?.sourced !== undefined && want !== undefined && want.sourced === undefined ? [have.id] : [],
  )
  if (handedOver.length > 0) await tx.query('delete from sourced_group where group_id = any($1)', [handedOver])
  const made = changes.flatMap(({ have, want }) =>
    have === undefined && want?.sourced !== undefined ? [{ vo: want.vo, name: want.name, ...want.sourced }] : [],
  )
  if (made.length === 0) return
  await tx.query(
    `insert into sourced_group (group_id, base_id, key)
     select g.id, x.base, x.key
     from json_to_recordset($1::json) as x(vo text, name text, base integer, key text)
     join vo on vo.name = x.vo
     join groups g on g.vo_id = vo.id and g.name = x.name and g.id = any($2)`,
    [JSON.stringify(made), written],
  )
}

/** Groups of sources stand where the group below which they lie does. */
export async function updateSourcedPositions(tx: Tx): Promise<void> {
  await tx.query(
    `update groups g set (file, line, column_no) = (b.file, b.line, b.column_no)
     from sourced_group s join groups b on b.id = s.base_id
     where g.id = s.group_id and (g.file, g.line, g.column_no) is distinct from (b.file, b.line, b.column_no)`,
  )
}

/** Resources that name a group which a source has made, renamed or removed: what they ask for is not what they have. */
export async function resourcesAwaiting(tx: Tx, documents: readonly DocumentChange[]): Promise<number[]> {
  const vos = documents.flatMap(({ have, want }) =>
    (want?.sourced ?? have?.sourced) === undefined ? [] : (want?.vo ?? have?.vo ?? []),
  )
  if (vos.length === 0) return []
  const { rows } = await tx.query<{ id: number }>(
    `with own as materialized (
       select r.id from resource r join vo on vo.id = r.vo_id where vo.name = any($1)
     ), asked as (
       select d.resource_id, d.group_id, d.subgroups from declared_assignment d where d.resource_id in (select id from own)
     ), given as (
       select rg.resource_id, rg.group_id, rg.subgroups from resource_group rg where rg.resource_id in (select id from own)
     )
     select distinct resource_id as id
     from ((table asked except table given) union all (table given except table asked)) x`,
    [[...new Set(vos)]],
  )
  return rows.map(({ id }) => id)
}
