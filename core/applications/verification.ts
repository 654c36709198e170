import type { FormItem } from '../../schemas/generated/config.ts'
import type { JsonObject } from '../model/json.ts'

/** How long a key confirms an address, from when it was asked for. */
export const keyLasts = 'P7D'

/** How long an application waits for addresses to be confirmed where its form does not say when silence rejects it. */
export const confirmationWithin = 'P30D'

/** So often is one address asked for one application. */
export const mostAsked = 10

/** So long after one mail another may be asked for, in milliseconds. */
export const askAgainAfterMs = 5 * 60_000

/** Tells whether items of a form ask for addresses that have to be confirmed. */
export function asksForAddresses(items: readonly FormItem[]): boolean {
  return items.some(({ type }) => type === 'verified-email')
}

/** Lists the addresses that answers to these items name and that have to be confirmed, each once. */
export function addressesIn(items: readonly FormItem[], answers: JsonObject): string[] {
  const addresses = items.flatMap(({ type, name }) => {
    const answer = type === 'verified-email' ? answers[name] : undefined
    return typeof answer === 'string' && answer !== '' ? [sameAddress(answer)] : []
  })
  return [...new Set(addresses)]
}

/** Writes an address as those that reach the same mailbox are: its domain has no case, what stands before may have. */
function sameAddress(address: string): string {
  const at = address.lastIndexOf('@')
  return `${address.slice(0, at)}${address.slice(at).toLowerCase()}`
}
