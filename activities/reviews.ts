import type { Configuration } from './configuration.ts'
import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import { asActivity } from './border.ts'

type Store = Pick<
  typeof storeModule,
  'asAct' | 'inTransaction' | 'keepReviewPatch' | 'listReviewFindings' | 'lookAtReview' | 'readLastCommit'
>

export interface ReviewDependencies {
  readonly pool: Pool
  readonly store: Store
  readonly configuration: Pick<Configuration, 'draftPatch'>
}

export type ReviewActivities = ReturnType<typeof createReviewActivities>

/** How a review stands, in words and times alone. */
export type ReviewLook =
  | { readonly kind: 'ended'; readonly outcome: 'cancelled' | 'closed' | 'gone' }
  | {
      readonly kind: 'open'
      readonly vo: string
      readonly state: 'held' | 'open'
      readonly sinceAt: number
      /** The next reminder, or the end; undefined while it is held. */
      readonly nextAt?: number
    }

/** Builds what `review/<id>` calls. */
export function createReviewActivities(dependencies: ReviewDependencies) {
  const { pool, store } = dependencies
  return {
    /** Does what is due about a review, and tells how it stands; what was done is found done by a second call. */
    lookAtReview: asActivity(
      async ({ id, now }: { readonly id: number; readonly now: number }): Promise<ReviewLook> => {
        const at = new Date(now)
        const standing = await store.inTransaction(pool, (tx) => store.lookAtReview(tx, { id, now: at }), store.asAct)
        if (standing === undefined) return { kind: 'ended', outcome: 'gone' }
        if (standing.kind === 'ended') {
          if (standing.outcome === 'closed') await draftPatch(dependencies, id)
          return standing
        }
        const { vo, state, since, next } = standing
        return {
          ...{ kind: 'open', vo, state, sinceAt: since.getTime() },
          ...(next === undefined ? {} : { nextAt: next.getTime() }),
        }
      },
    ),
  }
}

/** What a review may not end is drafted as a change to git; a second time it is the same. */
async function draftPatch({ pool, store, configuration }: ReviewDependencies, review: number): Promise<void> {
  const commit = await store.readLastCommit(pool)
  if (commit === undefined) return
  const findings = await store.listReviewFindings(pool, review)
  const members = findings.flatMap(({ origin, file, line, named }) =>
    origin === 'config' && file !== null && named !== null ? [{ file, line: line ?? 1, identity: named }] : [],
  )
  const patch = members.length === 0 ? '' : await configuration.draftPatch(commit, members)
  if (patch !== '') await store.keepReviewPatch(pool, { review, commit, patch })
}
