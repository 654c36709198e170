import type { Tx } from '../../pool.ts'
import { evidenceOf } from '../../queries/review-evidence.ts'
import { readLastCommit } from '../../runs.ts'
import { recordEvents, type Trail } from '../trail.ts'
import { nameOfPlace, type FoundReview } from './found-review.ts'
import { tellReviewers } from './tell-reviewers.ts'
import { wakeReviews } from './wake-reviews.ts'

interface Ending {
  readonly review: FoundReview
  readonly state: 'cancelled' | 'closed'
  /** Why, or how it ended where that is not plain. */
  readonly outcome?: string
  readonly reason: string
}

/** Ends a review: the hash of its evidence stands in the audit trail from then on. */
export async function endReview(tx: Tx, trail: Trail, { review, state, outcome, reason }: Ending): Promise<void> {
  const { id, place } = review
  await tx.query(
    `update review set state = $2::review_state, ended_at = $3, ended_by = $4, closing_commit = $5, outcome = $6, held = null where id = $1`,
    [id, state, trail.at, trail.cause.actor, (await readLastCommit(tx)) ?? null, outcome ?? null],
  )
  const sha256 = (await evidenceOf(tx, id))?.sha256
  await tx.query('update review set evidence = $2 where id = $1', [id, sha256])
  const action = state === 'closed' ? 'close' : 'cancel'
  const personal = {
    review: id,
    evidence: sha256,
    ...(outcome !== undefined && { outcome }),
    ...(reason !== '' && { reason }),
  }
  await recordEvents(tx, trail, [{ action, kind: 'Review', vo: place.vo, name: nameOfPlace(place), personal }])
  await tellReviewers(tx, { review: id, event: 'review.closed', occasion: state, at: trail.at })
  await wakeReviews(tx, [id])
}
