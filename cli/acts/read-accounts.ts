import { GuildhallError } from '../../core/errors.ts'
import { showValue } from '../../core/model/show-value.ts'
import type { AccountOn, ActForOn } from '../../store/index.ts'
import { isRef } from '../lines/identity.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import { expectedWords, isWords } from '../lines/words.ts'
import { requireIdentity } from './require-identity.ts'

/** What the options say of each account. */
export interface GivenAccount {
  readonly owners: readonly string[]
  readonly purpose: string | undefined
  readonly mayAct: readonly string[]
}

/** Checks service accounts as they stand on the command line. */
export function accountsOf(accounts: readonly string[], given: GivenAccount): AccountOn[] {
  for (const account of [...accounts, ...given.owners]) requireIdentity(account, 'act on')
  return accounts.map((account) => complete({ account, ...given }))
}

/** Reads service accounts from standard input, an object a line; what a line does not say, the options do. */
export async function readAccounts(input: AsyncIterable<Uint8Array>, given: GivenAccount): Promise<AccountOn[]> {
  const form =
    'expected an object such as {"account": "idp/backup", "owners": ["idp/ada"], "purpose": "Nightly backups"}'
  const keys = ['account', 'owners', 'purpose', 'mayAct']
  return readObjects(input, { form, keys, read: (line) => readWhole(line, given) })
}

function readWhole(line: LineObject, given: GivenAccount): AccountOn | string {
  const read = readAccount(line)
  if (typeof read === 'string') return read
  const { account, owners = given.owners, purpose = given.purpose, mayAct = given.mayAct } = read
  if (owners.length === 0)
    return 'owners: expected at least one identity such as "idp/ada", here or by `--owner` for all'
  if (isWords(purpose)) return { account, owners, purpose, mayAct }
  return expectedWords('purpose', 'expected words such as "Nightly backups", here or by `--purpose` for all', purpose)
}

/** Checks a service account and its owners who come or go, as they stand on the command line. */
export function ownersOf([account = '', ...owners]: readonly string[]): AccountOn {
  for (const identity of [account, ...owners]) requireIdentity(identity, 'act on')
  if (owners.length > 0) return { account, owners }
  throw new GuildhallError(
    'COMMAND_MISUSED',
    `Cannot change who answers for "${account}" without a name: expected owners after it, such as "idp/ada"`,
    { facts: { account } },
  )
}

/** Reads which owners come to or leave which service accounts from standard input, an object a line. */
export async function readOwners(input: AsyncIterable<Uint8Array>): Promise<AccountOn[]> {
  const form = 'expected an object such as {"account": "idp/backup", "owners": ["idp/ada"]}'
  return readObjects(input, { form, keys: ['account', 'owners'], read: readOwnersOf })
}

/** Reads what is to be done for which service account from standard input. */
export async function readActs(input: AsyncIterable<Uint8Array>, usual: string | undefined): Promise<ActForOn[]> {
  const form = 'expected an object such as {"account": "idp/backup", "what": "password"}'
  return readObjects(input, { form, keys: ['account', 'what'], read: (line) => readAct(line, usual) })
}

/** Refuses to ask about nothing. */
export function requireWhat(what: string | undefined): string {
  if (what !== undefined) return what
  throw new GuildhallError('COMMAND_MISUSED', 'Cannot tell what is to be done: add `--what password`')
}

/** Tells whether something is a word for what owners may do. */
export function isActWord(text: string): boolean {
  return /^[a-z][A-Za-z0-9-]{0,31}$/.test(text)
}

function complete(account: AccountOn): AccountOn {
  const { purpose = '', owners } = account
  const missing =
    purpose.trim() === '' ? 'a purpose: add `--purpose "Nightly backups"`' : 'an owner: add `--owner idp/ada`'
  if (purpose.trim() !== '' && owners.length > 0) return account
  throw new GuildhallError('COMMAND_MISUSED', `Cannot make service account "${account.account}" without ${missing}`, {
    facts: { account: account.account },
  })
}

type Line = Omit<AccountOn, 'owners'> & { readonly owners?: readonly string[] | undefined }

function readAccount({ account, owners, purpose, mayAct }: LineObject): Line | string {
  if (!isRef(account)) return `account: expected an identity such as "idp/backup", got ${showValue(account ?? null)}`
  if (owners !== undefined && !areAll(owners, isRef))
    return `owners: expected identities such as "idp/ada", got ${showValue(owners)}`
  if (purpose !== undefined && typeof purpose !== 'string') return `purpose: expected a text, got ${showValue(purpose)}`
  if (mayAct !== undefined && !areAll(mayAct, isWord))
    return `mayAct: expected words such as "password", got ${showValue(mayAct)}`
  return { account, owners, purpose, mayAct }
}

function readOwnersOf(line: LineObject): AccountOn | string {
  const read = readAccount(line)
  if (typeof read === 'string') return read
  const { account, owners = [] } = read
  if (owners.length > 0) return { account, owners }
  return `owners: expected at least one identity such as "idp/ada", got ${showValue(line['owners'] ?? null)}`
}

function readAct({ account, what }: LineObject, usual: string | undefined): ActForOn | string {
  if (!isRef(account)) return `account: expected an identity such as "idp/backup", got ${showValue(account ?? null)}`
  const asked = what ?? usual
  if (isWord(asked)) return { account, what: asked }
  return `what: expected a word such as "password", here or by \`--what\` for all, got ${showValue(asked ?? null)}`
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && isActWord(value)
}

function areAll<T>(value: unknown, is: (one: unknown) => one is T): value is readonly T[] {
  return Array.isArray(value) && value.every(is)
}
