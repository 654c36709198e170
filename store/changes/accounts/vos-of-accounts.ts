import type { DocumentChange } from '../../../core/model/plan.ts'
import type { Tx } from '../../pool.ts'
import { vosOfPeople } from '../people.ts'

/** Lists the VOs of which somebody is a member who becomes a service account by these documents, or is one no more. */
export async function vosOfAccounts(tx: Tx, documents: readonly DocumentChange[]): Promise<string[]> {
  const identities = documents.flatMap(({ have, want }) =>
    isAccount(have) === isAccount(want) ? [] : named(want ?? have),
  )
  return identities.length === 0 ? [] : vosOfPeople(tx, identities)
}

function isAccount(object: DocumentChange['have'] | DocumentChange['want']): boolean {
  return object?.kind === 'User' && object.spec.serviceAccount !== undefined
}

function named(object: DocumentChange['have'] | DocumentChange['want']): readonly string[] {
  return object?.kind === 'User' ? object.spec.identities : []
}
