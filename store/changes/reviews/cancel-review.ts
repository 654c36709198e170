import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { closeChange } from '../held/close-change.ts'
import { beginTrail, type Cause } from '../trail.ts'
import { endReview } from './end-review.ts'
import { findReview, requireReviewRight, type ReviewState } from './found-review.ts'

/** A review of which nothing is to come. */
export interface CancelInput {
  readonly review: number
  readonly reason: string
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** Cancels a review in the caller's transaction, also one that is held: nothing is taken. One that has ended stays as it is. */
export async function cancelReview(
  tx: Tx,
  input: CancelInput,
): Promise<{ readonly review: number; readonly state: ReviewState }> {
  const { actor, reason, cause, now } = input
  const review = await findReview(tx, input.review)
  const { id, state } = review
  if (actor !== undefined) await requireReviewRight(tx, review.place, actor)
  if (state !== 'open' && state !== 'held') return { review: id, state }
  const held = await findHoldOfReview(tx, id)
  if (held !== undefined) await closeChange(tx, { digest: held, outcome: 'superseded', at: now })
  await endReview(tx, await beginTrail(tx, cause, now), { review, state: 'cancelled', reason })
  return { review: id, state: 'cancelled' }
}

/** The digest under which a review is held, whatever it was at first. */
export async function findHoldOfReview(tx: Tx, review: number): Promise<string | undefined> {
  const { rows } = await tx.query<{ digest: string }>(
    `select digest from hold where kind = 'review' and closed_at is null and (change->>'review')::integer = $1`,
    [review],
  )
  return rows[0]?.digest
}
