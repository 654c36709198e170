import type { Db } from '../../pool.ts'

/** A change to git that a review asks for. */
interface ReviewPatch {
  readonly review: number
  readonly commit: string
  readonly patch: string
}

/** Keeps what to change in git for what a review left; the first one stays. */
export async function keepReviewPatch(db: Db, { review, commit, patch }: ReviewPatch): Promise<void> {
  await db.query(
    'insert into review_patch (review_id, commit, patch) values ($1, $2, $3) on conflict (review_id) do nothing',
    [review, commit, patch],
  )
}
