import { GuildhallError } from '../core/errors.ts'
import type { Authentication } from '../core/model/authentication.ts'
import type { IdentityRef } from '../core/model/state.ts'
import { noAccounts } from './changes/accounts/no-accounts.ts'
import type { Db } from './pool.ts'
import { requireKnown } from './queries/require-known.ts'

/** A service account with whoever answers for it. */
export interface ServiceAccount {
  readonly account: IdentityRef
  /** Empty where nobody is left of them. */
  readonly owners: readonly IdentityRef[]
  readonly purpose: string
  readonly mayAct: readonly string[]
  /** Where git declares it; null for one that was made by command. */
  readonly declared: { readonly file: string; readonly line: number } | null
}

/** What somebody did for a service account, or was refused to do. */
export interface ActForAccount {
  readonly owner: IdentityRef | null
  readonly authentication: Authentication | null
  readonly what: string
  readonly refused: string | null
  readonly reason: string
  readonly at: Date
}

interface AccountWithActs {
  readonly account: ServiceAccount
  readonly acts: readonly ActForAccount[]
}

const listed = `select p.identities[1] as account,
    array(select owner.identities[1] from person owner where owner.id = any(a.owners) order by 1) as owners,
    a.purpose, a.may_act as "mayAct",
    case when a.file is not null then json_build_object('file', a.file, 'line', a.line) end as declared
  from owned_account a join person p on p.id = a.person_id and p.identities <> '{}'`

/** Lists service accounts, or those of one owner. Throws IDENTITY_UNKNOWN. */
export async function listAccounts(
  db: Db,
  { owner }: { readonly owner?: IdentityRef } = {},
): Promise<ServiceAccount[]> {
  const { rows } = await db.query<ServiceAccount>(
    `${listed}
     where $1::text is null or (select person_id from identity where ref = $1) = any(a.owners)
     order by 1`,
    [owner ?? null],
  )
  if (rows.length === 0 && owner !== undefined) await requireKnown(db, 'list the accounts of', owner)
  return rows
}

/** Finds a service account by any of its identities, with what was done for it, the latest first. */
export async function findAccount(db: Db, account: IdentityRef): Promise<AccountWithActs | undefined> {
  const { rows } = await db.query<ServiceAccount>(
    `${listed} where a.person_id = (select person_id from identity where ref = $1)`,
    [account],
  )
  const [found] = rows
  if (found === undefined) return undefined
  const { rows: acts } = await db.query<ActForAccount>(
    `select owner.identities[1] as owner, a.authentication, a.what, a.refused, a.reason, a.at
     from service_account_act a left join person owner on owner.id = a.owner_id
     where a.person_id = (select person_id from identity where ref = $1) order by a.id desc limit 20`,
    [account],
  )
  return { account: found, acts }
}

/** The same, or OBJECT_UNKNOWN with the one that is probably meant. */
export async function showAccount(db: Db, account: IdentityRef): Promise<AccountWithActs> {
  const found = await findAccount(db, account)
  if (found !== undefined) return found
  const { message } = (await noAccounts(db, [account]))(account)
  throw new GuildhallError('OBJECT_UNKNOWN', `Cannot show "${account}": ${message}`, { facts: { account } })
}

/** Lists the service accounts that nobody answers for any more. */
export async function listOwnerless(db: Db): Promise<IdentityRef[]> {
  const { rows } = await db.query<{ account: IdentityRef }>(
    `select account from (${listed}) listed where owners = '{}' order by 1`,
  )
  return rows.map(({ account }) => account)
}
