import type { HeldErasure } from '../erase/held-erasure.ts'
import type { HeldIdentities } from '../identities/held-identities.ts'
import type { HeldMemberships } from '../memberships/held-memberships.ts'
import type { HeldReview } from '../reviews/held-review.ts'
import type { HeldRun } from '../sync/held-run.ts'
import type { HeldSponsorships } from '../sponsors/held-sponsorships.ts'
import type { HeldValues } from '../values/held-values.ts'

/** What is held by itself: what somebody entered, or a run of a source. */
export type HeldContent = HeldAct | HeldRun

/**
 * What somebody entered, as a hold keeps it: `type` and `act` say what was done, each of `requests` to which `person`, by ids. Who is
 * erased is taken out of it, with all that is said of them.
 */
export type HeldAct = HeldErasure | HeldIdentities | HeldMemberships | HeldReview | HeldSponsorships | HeldValues

/** Whether an act is always of one VO, or of the instance, whoever loses something by it. */
export function isBoundToScope({ type }: HeldAct): boolean {
  return type !== 'attribute' && type !== 'identity'
}
