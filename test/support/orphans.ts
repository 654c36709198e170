import type { Pool } from '../../store/index.ts'

/** A column that names rows of another table, and which of its rows do so. */
interface Reference {
  readonly from: string
  readonly column: string
  readonly to: string
  /** What the column names there; its id where absent. */
  readonly key?: string
  readonly where?: string
}

/** References that PostgreSQL does not check row by row, or not at all. */
const references: readonly Reference[] = [
  { from: 'membership', column: 'vo_id', to: 'vo' },
  { from: 'membership', column: 'group_id', to: 'groups' },
  { from: 'membership', column: 'person_id', to: 'person' },
  { from: 'event_detail', column: 'event_id', to: 'event' },
  { from: 'membership_past', column: 'person_id', to: 'person' },
  { from: 'member_past', column: 'person_id', to: 'person' },
  ...valuesOf('subject', 'person', 'user|member|user-facility|member-resource|member-group'),
  ...valuesOf('subject', 'groups', 'group|group-resource'),
  ...valuesOf('subject', 'resource', 'resource'),
  ...valuesOf('subject', 'facility', 'facility'),
  ...valuesOf('subject', 'vo', 'vo'),
  ...valuesOf('subject', 'facility_host', 'host'),
  ...valuesOf('subject', 'identity', 'identity'),
  ...valuesOf('object', 'vo', 'member'),
  ...valuesOf('object', 'facility', 'user-facility'),
  ...valuesOf('object', 'groups', 'member-group'),
  ...valuesOf('object', 'resource', 'member-resource|group-resource'),
]

function valuesOf(column: 'object' | 'subject', to: string, holders: string): readonly Reference[] {
  return [{ from: 'attribute_value', column, to, where: `attribute ~ '^(${holders})[.]'` }]
}

/** Lists what names a row that does not exist, as `table.column id`, over foreign keys and all other references. */
export async function orphansIn(pool: Pool): Promise<readonly string[]> {
  const all = [...references, ...(await foreignKeys(pool))]
  const { rows } = await pool.query<{ orphan: string }>(
    all
      .map(
        ({ from, column, to, key = 'id', where = 'true' }) =>
          `select '${from}.${column} ' || x.${column} as orphan from ${from} x
           where x.${column} is not null and (${where}) and not exists (select from ${to} r where r.${key} = x.${column})`,
      )
      .join(' union all '),
  )
  return rows.map(({ orphan }) => orphan).sort()
}

/** The same every fifty turns: such rows stay, and to look through all of them after each turn costs more than the turns. */
export async function orphansAfter(pool: Pool, turn: number): Promise<readonly string[]> {
  return (turn + 1) % 50 === 0 ? orphansIn(pool) : []
}

/** Every foreign key of one column. */
export async function foreignKeys(pool: Pool): Promise<readonly Reference[]> {
  const { rows } = await pool.query<Reference>(
    `select c.conrelid::regclass::text as from, a.attname as column, c.confrelid::regclass::text as to, r.attname as key
     from pg_constraint c
     join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
     join pg_attribute r on r.attrelid = c.confrelid and r.attnum = c.confkey[1]
     where c.contype = 'f' and cardinality(c.conkey) = 1
     order by 1, 2`,
  )
  return rows
}

/** Every reference that triggers check once a statement. */
export async function checkedReferences(pool: Pool): Promise<readonly Reference[]> {
  const { rows } = await pool.query<{ from: string; pairs: readonly string[] }>(
    `select tgrelid::regclass::text as from, string_to_array(rtrim(encode(tgargs, 'escape'), '\\000'), '\\000') as pairs
     from pg_trigger where tgname = 'references_on_insert' order by 1`,
  )
  return rows.flatMap(({ from, pairs }) =>
    pairs.flatMap((column, index) => (index % 2 === 0 ? [{ from, column, to: pairs[index + 1] ?? '' }] : [])),
  )
}
