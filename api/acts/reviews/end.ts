import type { ClosedReview } from '../../../store/index.ts'
import type { Act } from '../act.ts'
import { actingAs } from '../acting-as.ts'
import { as, input, reason } from '../input.ts'
import { review } from './decide.ts'

/** A review that is to end. */
export interface EndReviewInput {
  readonly review: number
  readonly as?: string
  readonly reason?: string
}

const asked = input({ review, as, reason }, ['review'])

export const closeReview: Act<EndReviewInput, ClosedReview> = {
  ...{ command: 'review close', method: 'POST', path: '/reviews/close', id: 'closeReview' },
  summary: 'Ends a review before its time, and does what was decided; what goes over the limits is held',
  input: asked,
  answer: 'EndedReview',
  run: endingBy('closeReview'),
}

export const cancelReview: Act<EndReviewInput, ClosedReview> = {
  ...{ command: 'review cancel', method: 'POST', path: '/reviews/cancel', id: 'cancelReview' },
  summary: 'Ends a review without anything coming of it',
  input: asked,
  answer: 'EndedReview',
  run: endingBy('cancelReview'),
}

function endingBy(how: 'cancelReview' | 'closeReview'): Act<EndReviewInput, ClosedReview>['run'] {
  return async (context, { review: id, as: who, reason: why = '' }) => {
    const { store, pool } = context
    const ending = { review: id, reason: why, now: context.now(), ...actingAs(context, who) }
    return store.inTransaction(pool, (tx) => store[how](tx, ending), store.asAct)
  }
}
