import type { Db } from '../pool.ts'
import { evidenceOf, type HashedEvidence } from './review-evidence.ts'
import { listReviewFindings, type ReviewFinding } from './review-findings.ts'

/** A review with its evidence and what is left to do. */
export interface ReviewOnShow extends HashedEvidence {
  /** The hash that the audit trail has of it; null while it is open. Another than that of now: somebody was erased or has other identities. */
  readonly recorded: string | null
  readonly findings: readonly ReviewFinding[]
  /** What to change in git so that what is left goes; null where nothing of that is there. */
  readonly patch: { readonly commit: string; readonly text: string } | null
}

/** Shows a review; undefined where there is none. */
export async function showReview(db: Db, id: number): Promise<ReviewOnShow | undefined> {
  const hashed = await evidenceOf(db, id)
  if (hashed === undefined) return undefined
  const { rows } = await db.query<{ recorded: string | null; patch: ReviewOnShow['patch'] }>(
    `select r.evidence as recorded,
       case when p.review_id is not null then json_build_object('commit', p.commit, 'text', p.patch) end as patch
     from review r left join review_patch p on p.review_id = r.id where r.id = $1`,
    [id],
  )
  const { recorded = null, patch = null } = rows[0] ?? {}
  return { ...hashed, recorded, findings: await listReviewFindings(db, id), patch }
}
