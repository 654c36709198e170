import type { GeneratorInput } from './generator.ts'
import { readLogin } from './unix-accounts.ts'

/** The logins that more than one person here goes by: nobody gets what is named after one, or they would open it to each other. */
export async function sharedLogins(input: GeneratorInput): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for await (const accounts of input.accounts()) {
    for (const account of accounts) {
      const login = readLogin(account)
      if ('reason' in login) continue
      if (seen.has(login.login)) shared.add(login.login)
      seen.add(login.login)
    }
  }
  return shared
}
