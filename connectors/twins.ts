/** What one entry has that no other entry may have too: `['uid', 1001]`. */
type Key = readonly [what: string, value: string | number]

/**
 * Of entries, those that share a key with another entry, each with the reason. All of them are to be left out: no order
 * of names may decide who gets whose files.
 */
export function findTwins<E extends { readonly user: string }>(
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
