import type { UserId } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'

/** Lists the service accounts that some of these persons are named to answer for. */
export async function accountsOfOwners(tx: Tx, owners: readonly UserId[]): Promise<UserId[]> {
  const { rows } = await tx.query<{ person_id: UserId }>(
    `select a.person_id from service_account_owner a where a.owner_id = any($1)
     union
     select d.person_id
     from identity i join user_document d on d.spec->'serviceAccount'->'owners' ? i.ref
     where i.person_id = any($1) and d.person_id is not null and d.spec ? 'serviceAccount'
       and exists (select from user_document where spec ? 'serviceAccount')`,
    [owners],
  )
  return rows.map(({ person_id }) => person_id)
}
