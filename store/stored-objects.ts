import {
  liesInVo,
  type ConfigKind,
  type KeyLines,
  type Sourced,
  type StoredObject,
} from '../core/model/config-object.ts'
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
  /** By id: groups that sources keep. */
  readonly sourced: Readonly<Record<number, Sourced & { readonly formerly: readonly string[] | null }>> | null
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
       ${givesLists(kind) ? "json_object_agg(x.id, x.key_lines) filter (where x.spec ? 'attributes' and x.key_lines is not null)" : 'null'} as "keyLines",
       ${kind === 'Group' ? 'json_object_agg(x.id, x.sourced) filter (where x.sourced is not null)' : 'null'} as sourced
     from (
       select o.*, ${inVo ? 'vo.name' : 'null'} as vo ${kind === 'Group' ? `, ${sourcedOf} as sourced` : ''}
       from ${objectTables[kind]} o ${inVo ? 'left join vo on vo.id = o.vo_id' : ''}
       ${kind === 'Group' ? 'left join sourced_group s on s.group_id = o.id where not o.is_members' : ''}
     ) x
     having count(*) > 0`,
  )
  return rows.flatMap((columns) => objectsOf(kind, columns))
}

const sourcedOf = `case when s.group_id is not null then json_build_object('base', s.base_id, 'key', s.key, 'formerly', (
  select json_agg(f.name order by f.ended desc)
  from (select p.name, max(p.ended) as ended from object_past p
        where (p.kind, p.object_id) = ('Group', o.id) and p.name <> o.name group by 1) f)) end`

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
    ...keptBySource(columns, ids[row]),
  }))
}

function formerNames({ previously }: ObjectColumns, row: number): Pick<StoredObject, 'previously'> {
  const names = previously?.[row] ?? []
  return names.length === 0 ? {} : { previously: names }
}

function keptBySource({ sourced }: ObjectColumns, id = 0): Pick<StoredObject, 'formerly' | 'sourced'> {
  const found = sourced?.[id]
  if (found === undefined) return {}
  const { base, key, formerly } = found
  return { sourced: { base, key }, ...(formerly === null ? {} : { formerly }) }
}

/** Such documents may give lists of allowed values, whose lines the planner tells. */
function givesLists(kind: ConfigKind): boolean {
  return kind === 'VO' || kind === 'Group' || kind === 'Resource' || kind === 'Facility'
}

function keyLinesOf({ keyLines }: ObjectColumns, id = 0): Pick<StoredObject, 'keyLines'> {
  const lines = keyLines?.[id]
  return lines === undefined ? {} : { keyLines: lines }
}
