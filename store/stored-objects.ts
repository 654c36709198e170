import { liesInVo, type ConfigKind, type KeyLines, type StoredObject } from '../core/model/config-object.ts'
import { given } from './given.ts'
import { objectTables } from './object-tables.ts'
import type { Db } from './pool.ts'

/** The documents of one kind, a list per column; their specs were checked by their schemas before they were written. */
interface ObjectColumns {
  readonly ids: readonly number[]
  readonly vos: readonly (string | null)[]
  readonly names: readonly string[]
  readonly titles: readonly (string | null)[]
  readonly descriptions: readonly (string | null)[]
  readonly specs: readonly never[]
  readonly governs: readonly boolean[]
  readonly files: readonly string[]
  readonly lines: readonly number[]
  readonly columns: readonly number[]
  readonly previously: readonly (readonly string[])[] | null
  /** By id. */
  readonly keyLines: Readonly<Record<number, KeyLines>> | null
}

/** Reads the documents of one kind that are in force. */
export async function loadObjects(db: Db, kind: ConfigKind): Promise<StoredObject[]> {
  const inVo = liesInVo(kind)
  const list = (column: string) => `json_agg(${column} order by x.vo, x.name)`
  const { rows } = await db.query<ObjectColumns>(
    `select ${list('x.id')} as ids, ${list('x.vo')} as vos, ${list('x.name')} as names, ${list('x.title')} as titles,
       ${list('x.description')} as descriptions, ${list('x.spec')} as specs, ${list('x.governs_members')} as governs,
       ${list('x.file')} as files, ${list('x.line')} as lines, ${list('x.column_no')} as columns,
       ${kind === 'Attribute' ? list('x.previously') : 'null'} as previously,
       ${givesLists(kind) ? "json_object_agg(x.id, x.key_lines) filter (where x.spec ? 'attributes' and x.key_lines is not null)" : 'null'} as "keyLines"
     from (
       select o.*, ${inVo ? 'vo.name' : 'null'} as vo
       from ${objectTables[kind]} o ${inVo ? 'left join vo on vo.id = o.vo_id' : ''}
       ${kind === 'Group' ? 'where not o.is_members' : ''}
     ) x
     having count(*) > 0`,
  )
  return rows.flatMap((columns) => objectsOf(kind, columns))
}

function objectsOf(kind: ConfigKind, columns: ObjectColumns): StoredObject[] {
  const { ids, vos, names, titles, descriptions, files, lines } = columns
  // Spreads come last: with a key behind one, V8 gives every object a shape of its own, slow to read ever after.
  return columns.specs.map((spec, row): StoredObject => ({
    kind,
    id: ids[row] ?? 0,
    name: names[row] ?? '',
    spec,
    governsMembers: columns.governs[row] ?? false,
    at: { file: files[row] ?? '', line: lines[row] ?? 1, column: columns.columns[row] ?? 1 },
    ...given('vo', vos[row]),
    ...given('title', titles[row]),
    ...given('description', descriptions[row]),
    ...formerNames(columns, row),
    ...keyLinesOf(columns, ids[row]),
  }))
}

function formerNames({ previously }: ObjectColumns, row: number): Pick<StoredObject, 'previously'> {
  const names = previously?.[row] ?? []
  return names.length === 0 ? {} : { previously: names }
}

/** Such documents may give lists of allowed values, whose lines the planner tells. */
function givesLists(kind: ConfigKind): boolean {
  return kind === 'VO' || kind === 'Group' || kind === 'Resource' || kind === 'Facility'
}

function keyLinesOf({ keyLines }: ObjectColumns, id = 0): Pick<StoredObject, 'keyLines'> {
  const lines = keyLines?.[id]
  return lines === undefined ? {} : { keyLines: lines }
}
