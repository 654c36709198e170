/** How long the only one who may approve has to wait with a change of their own: 1 h. */
const ownChangeWaitsMs = 60 * 60 * 1000

/** Somebody who wants to approve what they have entered themselves. */
export interface OwnChange {
  /** How many others may approve it. */
  readonly others: number
  readonly since: Date
  /** How many people lose something by it. */
  readonly losing: number
  /** How many they say lose something; undefined where they say nothing. */
  readonly typed: number | undefined
}

/** Why somebody may not approve what they have entered themselves. */
export type OwnChangeRefusal =
  | { readonly kind: 'others-may' }
  | { readonly kind: 'too-early'; readonly from: Date }
  | { readonly kind: 'number-wrong' }

/** Lets the only one who may approve a change approve their own, after an hour and by the number of those who lose something. */
export function refuseOwnChange({ others, since, losing, typed }: OwnChange, now: Date): OwnChangeRefusal | undefined {
  if (others > 0) return { kind: 'others-may' }
  const from = new Date(since.getTime() + ownChangeWaitsMs)
  if (now < from) return { kind: 'too-early', from }
  return typed === losing ? undefined : { kind: 'number-wrong' }
}
