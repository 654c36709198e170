import type { Account, GeneratorInput, Output } from './generator.ts'
import { personOf } from './unix-accounts.ts'

/** What one entry has that no other entry may have too: `['uid', 1001]`. */
type Key = readonly [what: string, value: string | number]

interface Reading<E> {
  /** Whose accounts count; absent, everybody's. */
  readonly isIn?: (account: Account) => boolean
  /** What somebody has in the output, why they cannot, or undefined for whoever has nothing there. */
  readonly read: (account: Account) => E | { readonly reason: string } | undefined
  readonly keysOf: (entry: E) => Iterable<Key>
  /** In which order entries are given; absent, that of the people. */
  readonly order?: (one: E, other: E) => number
}

/** Reads an entry of everybody, says who is left out, and gives those entries of which no other one has a key. */
export async function* readUnique<E extends { readonly user: string }>(
  input: GeneratorInput,
  { isIn = () => true, read, keysOf, order }: Reading<E>,
): AsyncGenerator<Output, readonly E[]> {
  const entries: E[] = []
  for await (const accounts of input.accounts()) {
    for (const account of accounts.filter(isIn)) {
      const entry = read(account)
      if (entry === undefined) continue
      if ('reason' in entry) yield { kind: 'left-out', user: personOf(account), reason: entry.reason }
      else entries.push(entry)
    }
  }
  if (order !== undefined) entries.sort(order)
  const twins = findTwins(entries, keysOf)
  for (const [{ user }, reason] of twins) yield { kind: 'left-out', user, reason }
  return twins.size === 0 ? entries : entries.filter((entry) => !twins.has(entry))
}

/**
 * Of entries, those that share a key with another entry, each with the reason. All of them are to be left out: no order
 * of names may decide who gets whose files.
 */
function findTwins<E extends { readonly user: string }>(
  entries: readonly E[],
  keysOf: (entry: E) => Iterable<Key>,
): ReadonlyMap<E, string> {
  const owners = new Map<string, Map<string | number, E>>()
  const twins = new Map<E, string>()
  for (const entry of entries) {
    for (const [what, value] of keysOf(entry)) {
      const known = owners.get(what) ?? new Map<string | number, E>()
      owners.set(what, known)
      const owner = known.get(value)
      if (owner === undefined) known.set(value, entry)
      else if (owner !== entry) {
        twins.set(owner, `its ${what} ${value} is also that of ${entry.user}`)
        twins.set(entry, `its ${what} ${value} is also that of ${owner.user}`)
      }
    }
  }
  return twins
}
