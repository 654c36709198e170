import { GuildhallError } from '../../../core/errors.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { ListedReview, ReviewOnShow } from '../../../store/index.ts'
import type { Act } from '../act.ts'
import { identity, input, name } from '../input.ts'

/** Which reviews are listed; without `all` those that have not ended. */
export interface ListReviewsInput {
  readonly vo?: string
  readonly all?: 'true'
  /** In which this person has somebody to decide about. */
  readonly waitingFor?: string
}

const waitingFor = { ...identity, description: 'Who has still to decide.' } as const

export const listReviews: Act<ListReviewsInput, { readonly reviews: readonly ListedReview[] }> = {
  ...{ command: 'review list', method: 'GET', path: '/reviews', id: 'reviews' },
  summary: 'Lists reviews; without `all` those that have not ended',
  input: input({ vo: name, all: { const: 'true' }, waitingFor }),
  answer: 'Reviews',
  run: async ({ store, pool }, { all, ...filter }) => ({
    reviews: await store.listReviews(pool, { ...filter, ...(all !== undefined && { all: true }) }),
  }),
}

/** A review as it is shown, and about whom somebody has still to decide. */
export interface ShownReview extends ReviewOnShow {
  readonly waiting: readonly IdentityRef[] | null
}

export const showReview: Act<{ readonly review: string; readonly waitingFor?: string }, ShownReview> = {
  ...{ command: 'review show', method: 'GET', path: '/reviews/show', id: 'review' },
  summary: 'Shows who is reviewed, what was decided and what came of it: the evidence with its hash',
  input: input({ review: { type: 'string', pattern: '^[1-9]\\d{0,8}$', examples: ['3'] }, waitingFor }, ['review']),
  answer: 'ShownReview',
  run: async ({ store, pool }, { review, waitingFor: reader }) => {
    const id = Number(review)
    const shown = await store.showReview(pool, id)
    if (shown === undefined)
      throw new GuildhallError(
        'REVIEW_UNKNOWN',
        `Cannot show review ${id}: there is none; \`guildhall review list --all\` lists them`,
        { facts: { review: id } },
      )
    if (reader === undefined) return { ...shown, waiting: null }
    return { ...shown, waiting: await store.listWaitingPeople(pool, { review: id, identity: reader }) }
  },
}
