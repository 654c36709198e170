import type { Tx } from '../../pool.ts'
import { holdChange, type HeldChange, type HoldableChange } from './hold-change.ts'
import { OverLimitError } from './over-limit.ts'

/** What became of a change: it was made, or is held and has changed nothing. */
export type Done<T> = { readonly kind: 'done'; readonly result: T } | ({ readonly kind: 'held' } & HeldChange)

/**
 * Makes a change in the caller's transaction; where `work` finds that it goes over the guard's limit, all that it wrote is
 * undone, and the change is held instead, as a whole.
 */
export async function changeOrHold<T>(tx: Tx, change: HoldableChange, work: () => Promise<T>): Promise<Done<T>> {
  await tx.query('savepoint before_change')
  try {
    const result = await work()
    await tx.query('release savepoint before_change')
    return { kind: 'done', result }
  } catch (error) {
    if (!(error instanceof OverLimitError)) throw error
    await tx.query('rollback to savepoint before_change')
    return { kind: 'held', ...(await holdChange(tx, change, error.excess)) }
  }
}
