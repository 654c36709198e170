import { depthOf, dnKey } from '../../ldap/dn.ts'
import { write } from './batch.ts'
import type { Writing } from './batch.ts'

/** Deletes entries, those below others first; gives how many there were. */
export async function takeAway(names: readonly string[], batchSize: number, writing: Writing): Promise<number> {
  const deepest = names.map((dn) => ({ dn, depth: depthOf(dnKey(dn)) })).sort((one, other) => other.depth - one.depth)
  let done = 0
  for (let from = 0; from < deepest.length;) {
    const depth = deepest[from]?.depth
    const batch = deepest.slice(from, from + batchSize).filter((one) => one.depth === depth)
    done += await write(
      batch.map(({ dn }) => ({ kind: 'delete', dn })),
      writing,
    )
    from += batch.length
  }
  return done
}
