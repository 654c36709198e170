import type { Tx } from '../../pool.ts'
import type { Cause } from '../trail.ts'
import type { HeldAct } from './held-act.ts'
import { holdChange, type HeldChange, type HoldableChange } from './hold-change.ts'
import { OverLimitError, type Excess } from './over-limit.ts'

/** What became of a change: it was made, or is held and has changed nothing. */
export type Done<T> = { readonly kind: 'done'; readonly result: T } | ({ readonly kind: 'held' } & HeldChange)

/** Who acts, why and when. */
export interface Acting {
  readonly reason: string
  readonly cause: Cause
  readonly now: Date
  /** What somebody approved: more is an OverLimitError, and nothing is held. */
  readonly approved?: Excess
}

/** What somebody does, and how it is written down where it is held. */
interface Doing<T> extends Pick<HoldableChange, 'scope'> {
  readonly work: () => Promise<T>
  /** Asked once everything is undone. */
  readonly act: () => Promise<HeldAct>
}

/** Does what somebody enters, or holds it where the guard says so; what was approved is only done. */
export async function actOrHold<T>(
  tx: Tx,
  { reason, cause, now, approved }: Acting,
  { scope, work, act }: Doing<T>,
): Promise<Done<T>> {
  if (approved !== undefined) return { kind: 'done', result: await work() }
  return changeOrHold(tx, { kind: 'act', scope, content: act, reason, cause, at: now }, work)
}

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
    await tx.query('release savepoint before_change')
    return { kind: 'held', ...(await holdChange(tx, change, error.excess)) }
  }
}
