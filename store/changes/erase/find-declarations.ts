import type { Tx } from '../../pool.ts'
import { declaredTables } from './personal-places.ts'

/** Lists where git still names people, `file:line`: documents with one of these patterns in them, and their rows of origin config. */
export async function findDeclarations(
  tx: Tx,
  { person, pattern }: { readonly person: number; readonly pattern: string },
): Promise<string[]> {
  const inDocuments = declaredTables.map(
    (table) => `select file, line from ${table} where concat_ws(' ', title, description, spec::text) ~ $2`,
  )
  const { rows } = await tx.query<{ place: string }>(
    `select distinct file || ':' || line as place, file, line
     from (
       ${inDocuments.join(' union all ')}
       union all
       select file, line from user_document where person_id = $1
       union all
       select coalesce(m.file, coalesce(g.file, vo.file)), coalesce(m.line, coalesce(g.line, vo.line))
       from membership m join vo on vo.id = m.vo_id left join groups g on g.id = m.group_id
       where m.person_id = $1 and m.origin = 'config'
     ) named
     order by file, line`,
    [person, pattern],
  )
  return rows.map(({ place }) => place)
}
