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
    `with naming as (
       select d.file, d.line, n.ref
       from user_document d
       cross join lateral jsonb_array_elements_text(
         d.spec->'identities' || coalesce(d.spec->'serviceAccount'->'owners', '[]')) n(ref)
       union all
       select o.file, o.line, n.holder->>'user'
       from (${tablesWithRoles.map((table) => `select file, line, spec from ${table}`).join(' union all ')}) o
       cross join lateral jsonb_array_elements(${rolesOf('o.spec')}) n(holder)
       union all
       select coalesce(m.file, g.file, vo.file), coalesce(m.line, g.line, vo.line), i.ref
       from identity i join membership m on (m.person_id, m.identity_id) = (i.person_id, i.id)
       join vo on vo.id = m.vo_id left join groups g on g.id = m.group_id
       where i.ref = any($1) and m.origin = 'config'
     )
     select distinct on (ref) ref, file, line from naming where ref = any($1)
     order by ref, file collate "C", line`,
    [identities],
  )
  return new Map(rows.map(({ ref, file, line }) => [ref, { file, line }]))
}

const tablesWithRoles = ['instance', 'vo', 'groups', 'resource', 'facility']

function rolesOf(spec: string): string {
  return ['admins', 'managers', 'membershipManagers', 'banManagers', 'sponsors']
    .map((key) => `coalesce(${spec}->'${key}', '[]')`)
    .join(' || ')
}
