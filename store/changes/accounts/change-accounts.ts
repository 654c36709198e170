import { sourceOf } from '../../../core/config/references.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import { findAccount, type ServiceAccount } from '../../accounts.ts'
import { lockPeopleOf, lockShared } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { missingRight, requireRight } from '../memberships/rights.ts'
import { servicesTouched, wakeClocks, writeOutbox } from '../outbox.ts'
import { ensureKnown, vosOfPeople } from '../people.ts'
import { beginTrail, closeTrail, recordEvents, type Cause, type Trail } from '../trail.ts'
import { noAccounts, type NoAccount } from './no-accounts.ts'
import { readParties, type Party } from './read-parties.ts'

/** What is done to service accounts. */
export type AccountAct = 'create' | 'add-owner' | 'remove-owner'

/** What somebody does to service accounts. */
export interface AccountInput {
  readonly act: AccountAct
  readonly requests: readonly AccountOn[]
  readonly reason: string
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** An account and its owners: all of them, those who come, or those who go. */
export interface AccountOn {
  readonly account: IdentityRef
  readonly owners: readonly IdentityRef[]
  /** Of `create`. */
  readonly purpose?: string | undefined
  readonly mayAct?: readonly string[] | undefined
}

/** The account as it is then, or why nothing was changed. */
export type AccountAnswer =
  | ServiceAccount
  | {
      readonly account: IdentityRef
      readonly refused: { readonly reason: AccountRefusal; readonly message: string }
    }

/** Why a service account is not changed; stable words. */
type AccountRefusal =
  | 'already-an-account'
  | 'already-an-owner'
  | 'declared'
  | 'identity-erased'
  | 'identity-unknown'
  | 'last-owner'
  | 'not-allowed'
  | 'not-an-account'
  | 'not-an-owner'
  | 'not-a-person'
  | 'owns-accounts'

const ordinaryPriority = 3

type Refused = Extract<AccountAnswer, { readonly refused: object }>['refused']

/**
 * Makes service accounts, and changes who answers for them, in the caller's transaction, one after the other; what git declares
 * is changed in git. Whoever neither owns an account nor is an admin is refused its owners. Throws ACTOR_NOT_ELIGIBLE where
 * accounts are to be made, IDENTITY_UNKNOWN where nobody has the identity of who acts.
 */
export async function changeAccounts(tx: Tx, input: AccountInput): Promise<AccountAnswer[]> {
  const { act, requests, cause, now } = input
  if (act !== 'remove-owner') await lockShared(tx, 'people')
  await lockPeopleOf(
    tx,
    requests.flatMap(({ account, owners }) => [account, ...owners]),
  )
  const notAllowed = await readRight(tx, input)
  const trail = await beginTrail(tx, cause, now)
  const answers: AccountAnswer[] = []
  for (const request of requests) answers.push(await changeOne(tx, trail, { input, request, notAllowed }))
  await closeTrail(tx, trail)
  return answers
}

/** Says why somebody may not change who answers for an account. */
type NotAllowed = (account: Party) => Refused | undefined

interface Changing {
  readonly input: AccountInput
  readonly request: AccountOn
  readonly notAllowed: NotAllowed
}

async function changeOne(tx: Tx, trail: Trail, { input, request, notAllowed }: Changing): Promise<AccountAnswer> {
  const { act, reason } = input
  const { account, owners, purpose, mayAct } = request
  const partyOf = await readParties(tx, [account, ...owners])
  const noAccount = await noAccounts(tx, act === 'create' || partyOf(account).isAccount ? [] : [account])
  const refused = notAllowed(partyOf(account)) ?? refusalOf(act, request, { partyOf, noAccount })
  if (refused !== undefined) return { account, refused }
  await write(tx, trail, { act, request })
  const personal = { account, owners, purpose, mayAct, reason }
  await recordEvents(tx, trail, [{ action: act, kind: 'ServiceAccount', name: sourceOf(account), personal }])
  const found = await findAccount(tx, account)
  return found?.account ?? { account, refused: unknown(account) }
}

async function readRight(tx: Tx, { act, actor }: AccountInput): Promise<NotAllowed> {
  if (actor === undefined) return () => undefined
  const wish = { actor, place: { kind: 'instance' }, users: [], isForOneself: false } as const
  if (act === 'create') {
    await requireRight(tx, wish)
    return () => undefined
  }
  const missing = await missingRight(tx, { ...wish, oneself: 'an owner of it' })
  if (missing === undefined) return () => undefined
  const { reason, message } = missing
  const { rows } = await tx.query<{ person_id: number }>('select person_id from identity where ref = $1', [actor])
  return ({ owners }) => (rows.some(({ person_id }) => owners.includes(person_id)) ? undefined : { reason, message })
}

interface Parties {
  readonly partyOf: (identity: IdentityRef) => Party
  readonly noAccount: (identity: IdentityRef) => NoAccount
}

function refusalOf(
  act: AccountAct,
  { account, owners }: AccountOn,
  { partyOf, noAccount }: Parties,
): Refused | undefined {
  const party = partyOf(account)
  if (party.declared !== undefined) {
    const { file, line } = party.declared
    return { reason: 'declared', message: `${file}:${line} says who answers for it; change it there` }
  }
  const ofOwners = owners.flatMap(
    (owner) => refusalOfOwner(act, owner, { owner: partyOf(owner), account: party }) ?? [],
  )
  if (act === 'create') return refusalOfCreating(account, party) ?? ofOwners[0]
  if (!party.isAccount) return noAccount(account)
  return ofOwners[0] ?? (act === 'remove-owner' ? refusalOfLeaving(owners, party, partyOf) : undefined)
}

function refusalOfCreating(
  account: IdentityRef,
  { person, isSourceDeclared, isErased, isAccount, owned }: Party,
): Refused | undefined {
  if (isErased) return erased(account)
  if (person === undefined && !isSourceDeclared) return unknown(account)
  if (isAccount)
    return {
      reason: 'already-an-account',
      message: 'it is a service account already; `guildhall service-account owner` changes who answers for it',
    }
  if (owned.length === 0) return undefined
  const message = `they answer for "${owned.join('", "')}", which takes a person; let somebody else answer for these first`
  return { reason: 'owns-accounts', message }
}

function refusalOfLeaving(
  leaving: readonly IdentityRef[],
  { owners }: Party,
  partyOf: (identity: IdentityRef) => Party,
): Refused | undefined {
  const gone = new Set(leaving.map((identity) => partyOf(identity).person))
  if (owners.some((owner) => !gone.has(owner))) return undefined
  return { reason: 'last-owner', message: 'nobody would answer for it; add another owner first' }
}

function refusalOfOwner(
  act: AccountAct,
  owner: IdentityRef,
  parties: { readonly owner: Party; readonly account: Party },
): Refused | undefined {
  const { person } = parties.owner
  const isOwner = person !== undefined && parties.account.owners.includes(person)
  if (act !== 'remove-owner') return refusalOfNewOwner(owner, { ...parties, isOwner })
  return isOwner ? undefined : { reason: 'not-an-owner', message: `"${owner}" is none of its owners` }
}

function refusalOfNewOwner(
  owner: IdentityRef,
  parties: { readonly owner: Party; readonly account: Party; readonly isOwner: boolean },
): Refused | undefined {
  const { person, isSourceDeclared, isErased, isAccount } = parties.owner
  if (isErased) return erased(owner)
  if (person === undefined) return isSourceDeclared ? undefined : unknown(owner)
  if (isAccount || person === parties.account.person)
    return { reason: 'not-a-person', message: `"${owner}" is a service account, and only people answer for one` }
  return parties.isOwner
    ? { reason: 'already-an-owner', message: `"${owner}" is one of its owners already` }
    : undefined
}

function unknown(identity: IdentityRef): Refused {
  return {
    reason: 'identity-unknown',
    message: `nobody has the identity "${identity}": there is no source "${sourceOf(identity)}"; expected one of a source that a Source document declares`,
  }
}

function erased(identity: IdentityRef): Refused {
  return {
    reason: 'identity-erased',
    message: `"${identity}" was erased, and nobody is made of it again; choose another`,
  }
}

interface Writing {
  readonly act: AccountAct
  readonly request: AccountOn
}

async function write(tx: Tx, { at, cause }: Trail, { act, request }: Writing): Promise<void> {
  const { account, owners, purpose = '', mayAct = [] } = request
  const known = await ensureKnown(tx, [account, ...owners], at)
  const person = known.get(account)
  const people = owners.flatMap((owner) => known.get(owner) ?? [])
  if (act === 'create') {
    await tx.query(
      `insert into service_account (person_id, purpose, may_act, since, actor) values ($1, $2, $3, $4, $5)`,
      [person, purpose, mayAct, at, cause.actor],
    )
    // Rules may leave it alone from now on.
    await wakeClocks(tx, await vosOfPeople(tx, [account]))
  }
  // Files say what it is, and who answers for it.
  const touched = { groups: [], resources: [], facilities: [], persons: person === undefined ? [] : [person] }
  await writeOutbox(tx, { services: await servicesTouched(tx, touched), priority: ordinaryPriority, at })
  if (act === 'remove-owner') {
    await tx.query('delete from service_account_owner where person_id = $1 and owner_id = any($2)', [person, people])
    return
  }
  await tx.query(
    `insert into service_account_owner (person_id, owner_id, since, actor)
     select distinct $1::integer, owner_id, $3::timestamptz, $4 from unnest($2::integer[]) o(owner_id) on conflict do nothing`,
    [person, people, at, cause.actor],
  )
}
