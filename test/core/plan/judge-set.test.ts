import { expect, it } from '@jest/globals'
import fc from 'fast-check'
import { enoughForLoss, judgeRemovals } from '../../../core/plan/judge-set.ts'

const loss = fc.record({
  limits: fc.record({
    remove: fc.oneof(
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 1, max: 1_000 }).map((tenths) => tenths / 10),
    ),
    people: fc.nat(2_000),
    from: fc.nat(50),
    add: fc.constant(200),
    addFrom: fc.constant(50),
  }),
  most: fc.integer({ min: 1, max: 2_000 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  more: fc.nat(50),
})

it('as many people as are enough for a loss are never held by a limit, whatever part of it is one', () => {
  fc.assert(
    fc.property(loss, ({ limits, most, share, more }) => {
      const enough = enoughForLoss(most, limits)
      fc.pre(enough !== undefined)
      const removed = Math.round(most * share)
      const after = enough + more
      const numbers = { base: after + removed, removed, lost: Math.max(1, removed), gained: 0, before: after, after }

      const reasons = judgeRemovals({ set: { kind: 'vo', vo: 'astro' }, ...numbers, mustNotBeEmpty: true }, limits)

      expect(reasons).toEqual([])
    }),
    { numRuns: 2_000 },
  )
})

it.each([
  ['a quarter may go', { remove: 25, people: 100 }, { removed: 10, enough: 40 }],
  ['all may go', { remove: 100, people: 100 }, { removed: 10, enough: 10 }],
  ['somebody must stay', { remove: 100, people: 100 }, { removed: 0, enough: 1 }],
  ['more than so many people may not', { remove: 100, people: 9 }, { removed: 10, enough: undefined }],
  ['nobody may', { remove: 0, people: 100 }, { removed: 1, enough: undefined }],
])('%s: so many are enough', (_, limits, { removed, enough }) => {
  expect(enoughForLoss(removed, { ...limits, from: 10, add: 200, addFrom: 50 })).toBe(enough)
})
