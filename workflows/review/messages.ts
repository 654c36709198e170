import { defineSignal } from '@temporalio/workflow'
import { stateAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** Which review is looked after, by its number in PostgreSQL. */
export interface ReviewInput {
  readonly id: number
}

/** How it ended. */
export interface ReviewOutcome {
  readonly kind: 'cancelled' | 'closed' | 'gone'
}

/** The review may be another: look again. */
export const reviewChanged = defineSignal('reviewChanged')

/** Names the workflow of a review. */
export function reviewId(id: number): string {
  return `review/${id}`
}

/** The options of the signal-with-start that makes sure a review is looked after: `client.workflow.signalWithStart('review', …)`. */
export function watchReview(id: number) {
  const input: ReviewInput = { id }
  return {
    workflowId: reviewId(id),
    taskQueue: controlQueue,
    args: [input] satisfies [ReviewInput],
    signal: reviewChanged,
    signalArgs: [] satisfies [],
    memo: { id },
    staticSummary: `Review ${id}`,
    typedSearchAttributes: [{ key: stateAttribute, value: 'open' }],
  }
}
