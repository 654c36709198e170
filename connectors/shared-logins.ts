import type { Account, GeneratorInput } from './generator.ts'
import { findShared } from './shared-claims.ts'
import { readLogin } from './unix-accounts.ts'

/** The logins that more than one person here goes by: nobody gets what is named after one, or they would open it to each other. */
export async function sharedLogins(input: GeneratorInput): Promise<ReadonlySet<string>> {
  return findShared(input.accounts(), loginsOf)
}

function loginsOf(account: Account): readonly string[] {
  const login = readLogin(account)
  return 'reason' in login ? [] : [login.login]
}
