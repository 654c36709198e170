import type { Account, Output } from './generator.ts'
import { personOf } from './unix-accounts.ts'

/** Says of people that they are left out for a reason; of the same person and reason once, however often both are met. */
export function createLeftOut(): (account: Account, reason: string) => readonly Output[] {
  const said = new Set<string>()
  return (account, reason) => {
    const user = personOf(account)
    const key = `${user}\n${reason}`
    if (said.has(key)) return []
    said.add(key)
    return [{ kind: 'left-out', user, reason }]
  }
}
