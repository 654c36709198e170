import type { UserId } from '../../../core/model/state.ts'

/** What a review takes away, as a hold keeps it: the review, and whom it takes something from. */
export interface HeldReview {
  readonly type: 'review'
  readonly act: 'close'
  readonly vo: number
  readonly review: number
  readonly requests: readonly { readonly person: UserId }[]
}

/** Writes down what a review takes away so that it can be done later. */
export function heldReview(vo: number, review: number, persons: readonly UserId[]): HeldReview {
  const requests = [...new Set(persons)].sort((one, other) => one - other).map((person) => ({ person }))
  return { type: 'review', act: 'close', vo, review, requests }
}
