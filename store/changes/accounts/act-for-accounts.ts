import { sourceOf } from '../../../core/config/references.ts'
import { mayActFor, type ActForRefusal } from '../../../core/policy/may-act-for.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { unknownActor } from '../memberships/rights.ts'
import { beginTrail, closeTrail, recordEvents, type Cause } from '../trail.ts'
import { noteActs } from './note-acts.ts'
import { noAccounts, type NoAccount } from './no-accounts.ts'
import { readParties } from './read-parties.ts'

/** Who wants to do what for service accounts. */
export interface ActForInput {
  readonly owner: IdentityRef
  readonly requests: readonly ActForOn[]
  readonly reason: string
  readonly cause: Cause
  readonly now: Date
}

/** An account, and what is to be done for it, such as `password`. */
export interface ActForOn {
  readonly account: IdentityRef
  readonly what: string
}

/** Whether it may be done. */
export interface ActForAnswer extends ActForOn {
  readonly owner: IdentityRef
  readonly refused?: { readonly reason: ActForRefusal | NoAccount['reason']; readonly message: string }
}

/**
 * Tells whether somebody may do things for service accounts, and keeps for evidence that they were told, allowed or refused, in
 * the caller's transaction. Throws IDENTITY_UNKNOWN where nobody has the identity of who acts.
 */
export async function actForAccounts(tx: Tx, input: ActForInput): Promise<ActForAnswer[]> {
  const { owner, requests, reason, cause, now } = input
  const accounts = requests.map(({ account }) => account)
  const partyOf = await readParties(tx, [owner, ...accounts])
  const { person } = partyOf(owner)
  if (person === undefined) throw unknownActor(owner)
  const noAccount = await noAccounts(
    tx,
    accounts.filter((account) => !partyOf(account).isAccount),
  )
  const answers = requests.map(({ account, what }): ActForAnswer => {
    const { isAccount, owners, mayAct } = partyOf(account)
    const one = { account, what, owner }
    if (!isAccount) return { ...one, refused: noAccount(account) }
    const verdict = mayActFor({ isOwner: owners.includes(person), mayAct, what })
    return verdict.allowed ? one : { ...one, refused: { reason: verdict.reason, message: verdict.message } }
  })
  const told = answers.flatMap((answer) => {
    const account = partyOf(answer.account)
    return account.isAccount && account.person !== undefined ? [{ ...answer, person: account.person }] : []
  })
  const acts = told.map((one) => ({ person: one.person, what: one.what, refused: one.refused?.reason, reason }))
  await noteActs(tx, { owner: person, acts, cause, now })
  const trail = await beginTrail(tx, cause, now)
  await recordEvents(
    tx,
    trail,
    told.map(({ account, what, refused }) => ({
      ...{ action: refused === undefined ? 'act' : 'refuse', kind: 'ServiceAccount', name: sourceOf(account) },
      personal: { account, owner, what, reason, ...(refused === undefined ? {} : { refused: refused.reason }) },
    })),
  )
  await closeTrail(tx, trail)
  return answers
}
