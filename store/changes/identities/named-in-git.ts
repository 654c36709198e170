import type { Position } from '../../../core/model/finding.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'

/** Where git names an identity. */
export type PlaceInGit = Pick<Position, 'file' | 'line'>

/**
 * Tells where git names these identities: whose they are, that somebody is a member by them, may do something, or owns an account.
 * Of several places the first one.
 */
export async function namedInGit(
  tx: Tx,
  identities: readonly IdentityRef[],
): Promise<ReadonlyMap<IdentityRef, PlaceInGit>> {
  const { rows } = await tx.query<PlaceInGit & { readonly ref: IdentityRef }>(
    `with naming(file, line, ref) as (
       select d.file, line_of(d.key_lines, k.key || '.' || n.ref, d.line), n.ref
       from user_document d
       cross join lateral (values
         ('identities', d.spec->'identities'), ('serviceAccount.owners', d.spec->'serviceAccount'->'owners')) k(key, refs)
       cross join lateral jsonb_array_elements_text(k.refs) n(ref)
       union all
       select o.file, line_of(o.key_lines, k.key || '.' || (n.holder->>'user'), o.line), n.holder->>'user'
       from (${tablesWithRoles.map((table) => `select file, line, key_lines, spec from ${table}`).join(' union all ')}) o
       cross join unnest($2::text[]) k(key)
       cross join lateral jsonb_array_elements(o.spec->k.key) n(holder)
       union all
       select coalesce(m.file, g.file, vo.file), coalesce(m.line, g.line, vo.line), i.ref
       from identity i join membership m on (m.person_id, m.identity_id) = (i.person_id, i.id)
       join vo on vo.id = m.vo_id left join groups g on g.id = m.group_id
       where i.ref = any($1) and m.origin = 'config'
     )
     select distinct on (ref) ref, file, line from naming where ref = any($1)
     order by ref, file collate "C", line`,
    [identities, roleKeys],
  )
  return new Map(rows.map(({ ref, file, line }) => [ref, { file, line }]))
}

const tablesWithRoles = ['instance', 'vo', 'groups', 'resource', 'facility']
const roleKeys = ['admins', 'managers', 'membershipManagers', 'banManagers', 'sponsors']
