import type { DocumentChange } from '../../../core/model/plan.ts'
import type { Tx } from '../../pool.ts'

/** Has delegations looked at again whose VO has another name now. */
export async function wakeDelegations(tx: Tx, documents: readonly DocumentChange[]): Promise<void> {
  const renamed = documents.flatMap(({ kind, have, want }) =>
    kind === 'VO' && have !== undefined && want !== undefined && have.name !== want.name ? [have.id] : [],
  )
  if (renamed.length === 0) return
  await tx.query(
    `insert into delegation_wake (delegation_id)
     select d.id from delegation d left join application a on a.id = d.application_id
     where d.ends_at is not null and coalesce(d.vo_id, a.vo_id) = any($1)`,
    [renamed],
  )
}
