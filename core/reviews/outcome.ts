import type { MembershipRow } from '../model/state.ts'
import type { ReviewDecision } from './decision.ts'

/** What a review comes to for a row: gone, left as it is, or not for the review to end. */
export type RowOutcome =
  'anew' | 'ended' | 'kept' | 'not-approved' | 'refused' | 'removed' | 'transferred' | 'unresolved'

/** A row as a review found it, and as it stands when the review is closed. */
export interface ReviewedRow {
  readonly origin: MembershipRow['origin']
  /** Whether the row is there still; one that ended and began again is another. */
  readonly stands: boolean
  /** Whether it lies in what is reviewed, and not in a group that this includes. */
  readonly isWithin: boolean
}

const ours: ReadonlySet<string> = new Set(['application', 'manager', 'sponsor'])

/**
 * Tells what a decision comes to for a row: what people gave may be taken; what git, a source or a rule says, and what another group
 * holds, stays `unresolved` until it is changed there.
 */
export function outcomeOfRow(decided: ReviewDecision, { origin, stands, isWithin }: ReviewedRow): RowOutcome {
  if (!stands) return 'ended'
  if (decided === 'keep') return 'kept'
  if (decided === 'transfer') return origin === 'sponsor' ? 'transferred' : 'kept'
  return ours.has(origin) && isWithin ? 'removed' : 'unresolved'
}
