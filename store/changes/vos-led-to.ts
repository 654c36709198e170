import { assignments } from '../../core/config/assignments.ts'
import { parseGroup } from '../../core/config/references.ts'
import { isKind } from '../../core/model/config-object.ts'
import type { DocumentChange } from '../../core/model/plan.ts'
import type { Tx } from '../pool.ts'

/**
 * Lists the VOs, by name, from whose groups the resources that documents change are reached, or will be: whoever comes into one of
 * these at the same time must see the change, or be seen by it.
 */
export async function vosLedTo(tx: Tx, documents: readonly DocumentChange[]): Promise<string[]> {
  const ids = (wanted: DocumentChange['kind']) =>
    documents.flatMap(({ kind, have }) => (kind === wanted && have !== undefined ? [have.id] : []))
  const named = documents.flatMap(vosNamed)
  const [vos, resources] = [ids('VO'), ids('Resource')]
  if (vos.length + resources.length === 0) return named
  const { rows } = await tx.query<{ name: string }>(
    `select distinct vo.name
     from resource r
     join resource_group rg on rg.resource_id = r.id
     join groups g on g.id = rg.group_id
     join vo on vo.id = g.vo_id
     where (r.vo_id = any($1) or r.id = any($2)) and g.vo_id <> r.vo_id`,
    [vos, resources],
  )
  return [...named, ...rows.map(({ name }) => name)]
}

function vosNamed({ want }: DocumentChange): string[] {
  if (want === undefined || !isKind(want, 'Resource')) return []
  return assignments(want.spec).flatMap(({ group }) => parseGroup(group, want.vo)?.vo ?? [])
}
