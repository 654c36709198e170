import type { DocumentChange } from '../../../core/model/plan.ts'
import type { Tx } from '../../pool.ts'

/** Lists the VOs of which somebody is a member who becomes a service account by these documents, or is one no more. */
export async function vosOfAccounts(tx: Tx, documents: readonly DocumentChange[]): Promise<string[]> {
  const identities = documents.flatMap(({ have, want }) =>
    isAccount(have) === isAccount(want) ? [] : named(want ?? have),
  )
  if (identities.length === 0) return []
  const { rows } = await tx.query<{ name: string }>(
    `select distinct vo.name from identity i join member mb on mb.person_id = i.person_id join vo on vo.id = mb.vo_id
     where i.ref = any($1)`,
    [identities],
  )
  return rows.map(({ name }) => name)
}

function isAccount(object: DocumentChange['have'] | DocumentChange['want']): boolean {
  return object?.kind === 'User' && object.spec.serviceAccount !== undefined
}

function named(object: DocumentChange['have'] | DocumentChange['want']): readonly string[] {
  return object?.kind === 'User' ? object.spec.identities : []
}
