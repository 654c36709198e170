import type { IdentityRef, UserId } from '../../../core/model/state.ts'
import { lockPeople } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { changeOrHold, type Acting } from '../held/change-or-hold.ts'
import { carryOutReview } from './carry-out-review.ts'
import { findReview, requireReviewRight, reviewRefused, type ReviewState } from './found-review.ts'
import { heldReview } from './held-review.ts'
import { wakeReviews } from './wake-reviews.ts'

/** A review that is to be closed. */
export interface CloseInput extends Acting {
  readonly review: number
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
}

/** What a review came to: it is closed, or what it takes away is held and has changed nothing. */
export interface ClosedReview {
  readonly review: number
  readonly state: ReviewState
  /** The digest that somebody has to approve. */
  readonly held?: string
}

/**
 * Closes a review in the caller's transaction: the roles of reviewers are judged again, rows that people gave are taken, others become
 * findings, all at once or not at all. Where that would take away too much it is held as a whole. A review that has ended stays as
 * it is. Throws REVIEW_UNKNOWN, REVIEW_REFUSED, ACTOR_NOT_ELIGIBLE, VO_BUSY.
 */
export async function closeReview(tx: Tx, input: CloseInput): Promise<ClosedReview> {
  const { actor, approved, reason, cause, now } = input
  const review = await findReview(tx, input.review)
  const { id, state, voId } = review
  if (actor !== undefined) await requireReviewRight(tx, review.place, actor)
  if (state !== (approved === undefined ? 'open' : 'held')) return { review: id, state }
  if (voId === null || review.isGone) throw targetGone(id)
  await lockItems(tx, id)
  let losing: readonly UserId[] = []
  const work = async (): Promise<void> => {
    losing = await carryOutReview(tx, input, { ...review, voId })
  }
  if (approved !== undefined) {
    await work()
    return { review: id, state: 'closed' }
  }
  const content = async () => heldReview(voId, id, losing)
  const change = { kind: 'review', scope: `vo:${review.place.vo}`, content, reason, cause, at: now } as const
  const done = await changeOrHold(tx, change, work)
  if (done.kind === 'done') return { review: id, state: 'closed' }
  await tx.query(`update review set state = 'held', held = $2 where id = $1`, [id, done.digest])
  await wakeReviews(tx, [id])
  return { review: id, state: 'held', held: done.digest }
}

function targetGone(id: number) {
  const message = `what it is about is there no more; cancel it with \`guildhall review cancel ${id}\``
  return reviewRefused(`close review ${id}`, { reason: 'target-gone', message })
}

/** Of two changes to somebody at once the second sees the first. */
async function lockItems(tx: Tx, review: number): Promise<void> {
  const { rows } = await tx.query<{ person: UserId }>(
    'select person_id as person from review_item where review_id = $1',
    [review],
  )
  await lockPeople(
    tx,
    rows.map(({ person }) => person),
  )
}
