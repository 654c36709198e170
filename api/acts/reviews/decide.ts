import type { DecisionAnswer, DecisionOn } from '../../../store/index.ts'
import type { Act } from '../act.ts'
import { actingAs } from '../acting-as.ts'
import { as, identity, input, reason } from '../input.ts'

/** The number of a review. */
export const review = { type: 'integer', minimum: 1, maximum: 2_147_483_647, examples: [3] } as const

/** What a reviewer says of people. */
export interface DecideReviewInput {
  readonly review: number
  readonly decisions: readonly SaidOf[]
  readonly as?: string
}

interface SaidOf extends Omit<DecisionOn, 'reason'> {
  readonly reason?: string
}

export const decideReview: Act<DecideReviewInput, { readonly decisions: readonly DecisionAnswer[] }> = {
  ...{ command: 'review decide', method: 'POST', path: '/reviews/decide', id: 'decideReview' },
  summary: 'Says of people in a review whether they stay; the last word about somebody counts',
  input: input(
    {
      review,
      decisions: {
        ...{ type: 'array', minItems: 1, maxItems: 1000 },
        items: input(
          {
            user: identity,
            decision: { enum: ['keep', 'remove', 'transfer'] },
            to: { ...identity, description: 'Of `transfer`: the sponsor who takes over.' },
            reason,
          },
          ['user', 'decision'],
        ),
      },
      as,
    },
    ['review', 'decisions'],
  ),
  answer: 'DecisionsOfReview',
  run: async (context, { review: id, decisions, as: who }) => {
    const { store, pool } = context
    const requests = decisions.map((one) => ({ reason: '', ...one }))
    const asked = { review: id, requests, now: context.now(), ...actingAs(context, who) }
    return { decisions: await store.inTransaction(pool, (tx) => store.decideReview(tx, asked), store.asAct) }
  },
}
