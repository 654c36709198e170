import { didYouMean } from '../../../core/model/nearest.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Db } from '../../pool.ts'

/** Why an act that asks for a service account does nothing. */
export interface NoAccount {
  readonly reason: 'not-an-account'
  readonly message: string
}

/** Of more it is not looked for what each may mean. */
const lookedForAtMost = 10

/** Tells of identities that are no service account which one is probably meant. */
export async function noAccounts(db: Db, asked: readonly IdentityRef[]): Promise<(identity: IdentityRef) => NoAccount> {
  const few = new Set(asked)
  const known = few.size === 0 || few.size > lookedForAtMost ? [] : await accountRefs(db)
  return (identity) => {
    const instead = didYouMean(identity, known) || '; `guildhall service-account create` makes one'
    return { reason: 'not-an-account', message: `it is no service account${instead}` }
  }
}

async function accountRefs(db: Db): Promise<IdentityRef[]> {
  const { rows } = await db.query<{ ref: IdentityRef }>(
    'select i.ref from owned_account a join identity i on i.person_id = a.person_id order by 1',
  )
  return rows.map(({ ref }) => ref)
}
