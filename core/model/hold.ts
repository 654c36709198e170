/** A change that is held by itself: what a manager does, a run of a source, what a review decided. */
export type ChangeKind = 'act' | 'sync' | 'review'

/** What can be held: of a commit a scope, any other change by itself. */
export type HoldKind = 'commit' | ChangeKind

/** How a hold ends; only a change by itself is withdrawn or rejected. */
export const holdEnds = ['approved', 'lapsed', 'rejected', 'voided', 'withdrawn'] as const

/** One of these words. */
export type HoldEnd = (typeof holdEnds)[number]
