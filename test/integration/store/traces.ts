import type { Pool } from '../../../store/index.ts'

/** A column of a table. */
export interface Column {
  readonly table: string
  readonly column: string
}

/** Lists the columns that texts can stand in. */
export async function textColumns(pool: Pool): Promise<Column[]> {
  const { rows } = await pool.query<Column>(
    `select c.table_name as table, c.column_name as column
     from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
     where table_schema = 'public' and t.table_type = 'BASE TABLE'
       and c.udt_name in ('text', 'varchar', 'jsonb', 'json', '_text', 'bytea', 'name')
     order by 1, 2`,
  )
  return rows
}

/** Where any of the markers is found, whatever the case. */
export async function traces(pool: Pool, markers: readonly string[]): Promise<string[]> {
  const found: string[] = []
  for (const { table, column } of await textColumns(pool)) {
    const { rows } = await pool.query<{ text: string }>(
      `select "${column}"::text as text from ${table}
       where "${column}"::text ~* $1 or exists (select from unnest($2::text[]) m where "${column}"::text like '%' || m || '%')`,
      [markers.join('|'), markers.map((marker) => Buffer.from(marker).toString('hex'))],
    )
    found.push(...rows.map(({ text }) => `${table}.${column}: ${text}`))
  }
  return found
}
