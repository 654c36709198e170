import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { State } from '../../../core/model/state.ts'
import type { AccessDelta, Plan } from '../../../core/model/plan.ts'
import { compareText } from '../../../core/model/compare.ts'
import { applyToState, nothing } from '../../support/apply-to-state.ts'
import { desire } from '../../support/builders.ts'
import { naiveAccess, type AccessPair } from '../../support/naive-access.ts'
import { plan } from '../../support/plan.ts'
import { randomConfig } from '../../support/random-config.ts'

const steps = fc.array(randomConfig, { minLength: 2, maxLength: 2 })

describe('on random configurations', () => {
  it('applying a plan leaves no plan, and the impact is the difference of who had access and who has it', () => {
    fc.assert(
      fc.property(steps, (configs) => {
        let state = nothing
        for (const documents of configs) {
          const planned = plan(state, desire(...documents))
          const after = applyToState(state, planned)

          expect(plan(after, desire(...documents)).changes).toEqual([])
          expect(planned.impact).toEqual(bruteForceImpact(state, after))
          state = after
        }
      }),
      { numRuns: 500 },
    )
  })

  it('the order of documents is irrelevant', () => {
    const shuffled = fc.tuple(randomConfig, randomConfig).chain(([first, second]) =>
      fc.record({
        first: fc.constant(first),
        second: fc.constant(second),
        mixed: fc.shuffledSubarray(second, { minLength: second.length }),
      }),
    )
    fc.assert(
      fc.property(shuffled, ({ first, second, mixed }) => {
        const state = applyToState(nothing, plan(nothing, desire(...first)))

        expect(plan(state, desire(...mixed))).toEqual(plan(state, desire(...second)))
      }),
      { numRuns: 200 },
    )
  })
})

function bruteForceImpact(before: State, after: State): Plan['impact'] {
  const keyOf = ({ user, resource, facility }: AccessPair): string => `${user} ${resource} ${facility}`
  const had = new Map(naiveAccess(before).map((pair) => [keyOf(pair), pair]))
  const has = new Map(naiveAccess(after).map((pair) => [keyOf(pair), pair]))
  const gained = [...has].flatMap(([key, pair]) => (had.has(key) ? [] : [describeAccess([after], pair, after)]))
  const lost = [...had].flatMap(([key, pair]) => (has.has(key) ? [] : [describeAccess([after, before], pair, after)]))
  return { gained: gained.sort(compareDeltas), lost: lost.sort(compareDeltas) }
}

function describeAccess(states: readonly State[], pair: AccessPair, named: State): AccessDelta {
  const facilities = states.flatMap(({ objects }) => objects.filter(({ id }) => id === pair.facility))
  const [resource] = states.flatMap(({ objects }) =>
    objects.filter(
      (object) =>
        object.id === pair.resource &&
        'facility' in object.spec &&
        facilities.some(({ name }) => 'facility' in object.spec && name === object.spec.facility),
    ),
  )
  return {
    user: named.people.find(({ id }) => id === pair.user)?.identities[0] ?? '',
    vo: resource?.vo ?? '',
    resource: resource?.name ?? '',
    facility: facilities[0]?.name ?? '',
  }
}

function compareDeltas(a: AccessDelta, b: AccessDelta): number {
  return (
    compareText(a.user, b.user) ||
    compareText(a.vo, b.vo) ||
    compareText(a.resource, b.resource) ||
    compareText(a.facility, b.facility)
  )
}
