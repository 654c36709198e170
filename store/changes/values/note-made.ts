import { madeAttributes } from '../../../core/attributes/made.ts'
import type { Tx } from '../../pool.ts'
import { readDefinitions } from './read-held.ts'

/** Notes whose values make themselves or are derived from such, where the documents of some attributes changed. */
export async function noteMade(tx: Tx, changed: readonly string[]): Promise<void> {
  if (changed.length === 0) return
  const made = [...madeAttributes(await readDefinitions(tx))]
  await tx.query(
    'update attribute_definition set made = (name = any($1)) where made is distinct from (name = any($1))',
    [made],
  )
}
