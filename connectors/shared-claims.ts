import type { Account } from './generator.ts'

/**
 * Finds what more than one person claims, such as a login: two people with one would open one account to each other, so neither
 * gets it. A person who claims the same twice shares it with nobody.
 */
export async function findShared(
  people: AsyncIterable<readonly Account[]>,
  claimsOf: (account: Account) => readonly string[],
): Promise<ReadonlySet<string>> {
  const seen = new Set<string>()
  const shared = new Set<string>()
  for await (const accounts of people) {
    for (const claim of accounts.flatMap((account) => [...new Set(claimsOf(account))])) {
      if (seen.has(claim)) shared.add(claim)
      seen.add(claim)
    }
  }
  return shared
}
