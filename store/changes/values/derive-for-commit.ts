import type { Tx } from '../../pool.ts'
import { dropUnderived, keepDerived } from './keep-derived.ts'
import { claimUniqueOf } from './unique-values.ts'
import type { ChangedValue } from './write-values.ts'

/** Brings derived values to what a commit makes of them: those of everybody, where a definition changed that others may be derived from. */
export async function deriveForCommit(
  tx: Tx,
  {
    attributes,
    persons,
    at,
  }: { readonly attributes: readonly string[]; readonly persons: readonly number[]; readonly at: Date },
): Promise<readonly ChangedValue[]> {
  const dropped = await dropUnderived(tx, attributes)
  const derived = await keepDerived(tx, { persons: attributes.length > 0 ? 'everybody' : persons, at })
  // Only now everybody has the values that those of others leave.
  await claimUniqueOf(tx, attributes, { isDerived: true })
  return [...dropped, ...derived]
}
