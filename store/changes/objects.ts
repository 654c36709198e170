import { liesInVo, type ConfigKind, type DesiredObject, type KeyLines } from '../../core/model/config-object.ts'
import type { Position } from '../../core/model/finding.ts'
import type { DocumentChange } from '../../core/model/plan.ts'
import { updateRulePositions } from './rules/write-rules.ts'
import { objectTables } from '../object-tables.ts'
import { updateSourcedPositions } from './structures/sourced-groups.ts'
import type { Tx } from '../pool.ts'

const columns = 'name, title, description, spec, governs_members, file, line, column_no, key_lines'
const recordset = `json_to_recordset($1::json) as x(id integer, vo text, name text, title text, description text,
  spec jsonb, governs_members boolean, file text, line integer, column_no integer, key_lines jsonb)`

/** Writes the added, changed and moved documents of one kind; returns their ids. */
export async function writeObjects(tx: Tx, kind: ConfigKind, changes: readonly DocumentChange[]): Promise<number[]> {
  const kept = changes.filter(({ action }) => action === 'change' || action === 'move')
  const added = changes.filter(({ action }) => action === 'add')
  const keptIds = kept.length === 0 ? [] : await updateObjects(tx, kind, kept)
  const addedIds = added.length === 0 ? [] : await insertObjects(tx, kind, added)
  await noteFormerNames(
    tx,
    changes.flatMap(({ want }) => want ?? []),
  )
  return [...keptIds, ...addedIds]
}

/** Deletes documents of one kind with everything derived from them. */
export async function deleteObjects(tx: Tx, kind: ConfigKind, ids: readonly number[]): Promise<void> {
  if (ids.length === 0) return
  await tx.query(`delete from ${objectTables[kind]} where id = any($1)`, [ids])
}

/** Notes where each document stands now, and which old names attributes claim; a move within or between files is no change. */
export async function updatePositions(tx: Tx, objects: readonly DesiredObject[]): Promise<void> {
  await updateRulePositions(tx, objects)
  await noteFormerNames(tx, objects)
  for (const kind of new Set(objects.map((object) => object.kind))) {
    const inVo = liesInVo(kind)
    const rows = objects
      .filter((object) => object.kind === kind)
      .map(({ vo, name, at, keyLines }) => ({ vo, name, ...placeColumns({ at, keyLines }) }))
    await tx.query(
      `update ${objectTables[kind]} o set (file, line, column_no, key_lines) = (x.file, x.line, x.column_no, x.key_lines)
       from ${recordset} ${inVo ? 'left join vo on vo.name = x.vo' : ''}
       where o.name = x.name ${inVo ? 'and coalesce(o.vo_id, 0) = coalesce(vo.id, 0)' : ''}
         and (o.file, o.line, o.column_no, o.key_lines) is distinct from (x.file, x.line, x.column_no, x.key_lines)`,
      [JSON.stringify(rows)],
    )
  }
  await updateSourcedPositions(tx)
}

/** Notes which old names attributes claim: the next commit that says the same says nothing new. */
async function noteFormerNames(tx: Tx, objects: readonly DesiredObject[]): Promise<void> {
  const attributes = objects.filter(({ kind }) => kind === 'Attribute')
  if (attributes.length === 0) return
  await tx.query(
    `update attribute_definition o set previously = x.previously
     from json_to_recordset($1::json) as x(name text, previously text[])
     where o.name = x.name and o.previously <> x.previously`,
    [JSON.stringify(attributes.map(({ name, previously }) => ({ name, previously })))],
  )
}

async function updateObjects(tx: Tx, kind: ConfigKind, changes: readonly DocumentChange[]): Promise<number[]> {
  const { rows } = await tx.query<{ id: number }>(
    `update ${objectTables[kind]} o
     set (${columns}) = (${selected('x')})
       ${liesInVo(kind) ? ', vo_id = (select id from vo where vo.name = x.vo)' : ''}
       ${kind === 'Resource' ? ", facility_id = (select id from facility f where f.name = x.spec->>'facility')" : ''}
     from ${recordset}
     where o.id = x.id
     returning o.id`,
    [rowsOf(changes)],
  )
  return rows.map(({ id }) => id)
}

async function insertObjects(tx: Tx, kind: ConfigKind, changes: readonly DocumentChange[]): Promise<number[]> {
  const inVo = liesInVo(kind)
  const onFacility = kind === 'Resource'
  const { rows } = await tx.query<{ id: number }>(
    `insert into ${objectTables[kind]} (${columns} ${inVo ? ', vo_id' : ''} ${onFacility ? ', facility_id, is_lasting' : ''})
     select ${selected('x')} ${inVo ? ', vo.id' : ''} ${onFacility ? ', f.id, vo.over_since is null' : ''}
     from ${recordset}
     ${inVo ? 'left join vo on vo.name = x.vo' : ''}
     ${onFacility ? "left join facility f on f.name = x.spec->>'facility'" : ''}
     returning id`,
    [rowsOf(changes)],
  )
  return rows.map(({ id }) => id)
}

function selected(alias: string): string {
  return columns
    .split(', ')
    .map((column) => `${alias}.${column}`)
    .join(', ')
}

function rowsOf(changes: readonly DocumentChange[]): string {
  return JSON.stringify(
    changes.flatMap(({ have, want }) =>
      want === undefined
        ? []
        : [
            {
              id: have?.id,
              vo: want.vo,
              name: want.name,
              title: want.title,
              description: want.description,
              spec: want.spec,
              governs_members: want.governsMembers,
              ...placeColumns(want),
            },
          ],
    ),
  )
}

function placeColumns({ at, keyLines }: { readonly at: Position; readonly keyLines?: KeyLines | undefined }) {
  return { file: at.file, line: at.line, column_no: at.column, key_lines: keyLines }
}
