import type { Tx } from '../../pool.ts'
import { beginTrail } from '../trail.ts'
import { findHoldOfReview } from './cancel-review.ts'
import { closeReview } from './close-review.ts'
import { endReview } from './end-review.ts'
import { findReview, type FoundReview } from './found-review.ts'
import { rowOutcomes, writeOutcomes } from './row-outcomes.ts'
import { tellReviewers } from './tell-reviewers.ts'
import { settleDecisions } from './settle-decisions.ts'

/** How a review stands once everything that is due was done. */
export type ReviewStanding =
  | { readonly kind: 'ended'; readonly outcome: 'cancelled' | 'closed' }
  | {
      readonly kind: 'open'
      readonly vo: string
      readonly state: 'held' | 'open'
      readonly since: Date
      /** The next reminder, or the end; undefined while it is held. */
      readonly next: Date | undefined
    }

const guildhall = { actor: 'guildhall' }

/**
 * Does, in the caller's transaction, what is due about a review: closes it once its time is over, or where what it takes was held and
 * nobody approved it. Undefined where there is no such review. Throws VO_BUSY.
 */
export async function lookAtReview(
  tx: Tx,
  { id, now }: { readonly id: number; readonly now: Date },
): Promise<ReviewStanding | undefined> {
  const { rowCount } = await tx.query('select from review where id = $1', [id])
  if (rowCount === 0) return undefined
  await doWhatIsDue(tx, await findReview(tx, id), now)
  return standingOf(tx, await findReview(tx, id), now)
}

async function doWhatIsDue(tx: Tx, review: FoundReview, now: Date): Promise<void> {
  const { id, state, isGone, dueAt } = review
  if (state !== 'open' && state !== 'held') return
  if (isGone) {
    const trail = await beginTrail(tx, guildhall, now)
    return endReview(tx, trail, { review, state: 'cancelled', outcome: 'target-gone', reason: '' })
  }
  if (state === 'held') return endIfNotApproved(tx, review, now)
  if (dueAt > now) return remind(tx, review, now)
  await closeReview(tx, { review: id, reason: `review ${id}`, cause: guildhall, now })
}

/** However many reminders were missed, there is one. */
async function remind(tx: Tx, { id }: FoundReview, now: Date): Promise<void> {
  const { rows } = await tx.query<{ due: Date }>(
    `update review r set told_at = $2 from (
       select max(x) as due from review r2 cross join unnest(r2.reminders) as x where r2.id = $1 and x <= $2
     ) last
     where r.id = $1 and last.due > coalesce(r.told_at, r.started_at) returning last.due`,
    [id, now],
  )
  for (const { due } of rows)
    await tellReviewers(tx, { review: id, event: 'review.reminder', occasion: due.toISOString(), at: now })
}

/** What was held and is held no more, without having been done, is not done. */
async function endIfNotApproved(tx: Tx, review: FoundReview, now: Date): Promise<void> {
  const { id } = review
  const digest = await findHoldOfReview(tx, id)
  if (digest !== undefined) {
    await tx.query('update review set held = $2 where id = $1 and held is distinct from $2', [id, digest])
    return
  }
  const { rows } = await tx.query<{ outcome: string | null }>(
    'select h.outcome from review r join hold h on h.digest = r.held where r.id = $1 order by h.id desc limit 1',
    [id],
  )
  const outcomes = await rowOutcomes(tx, id, await settleDecisions(tx, review))
  const undone = new Set(['removed', 'transferred'])
  const told = outcomes.map((one) => (undone.has(one.outcome) ? { ...one, outcome: 'not-approved' as const } : one))
  await writeOutcomes(tx, told)
  const outcome = rows[0]?.outcome ?? 'superseded'
  await endReview(tx, await beginTrail(tx, guildhall, now), { review, state: 'closed', outcome, reason: '' })
}

async function standingOf(
  tx: Tx,
  { id, state, place, startedAt, dueAt }: FoundReview,
  now: Date,
): Promise<ReviewStanding> {
  if (state === 'closed' || state === 'cancelled') return { kind: 'ended', outcome: state }
  const standing = { kind: 'open', vo: place.vo, state, since: startedAt } as const
  if (state === 'held') return { ...standing, next: undefined }
  const { rows } = await tx.query<{ next: Date | null }>(
    'select min(x) as next from review r cross join unnest(r.reminders) as x where r.id = $1 and x > $2',
    [id, now],
  )
  return { ...standing, next: rows[0]?.next ?? dueAt }
}
