import { describe, expect, it } from '@jest/globals'
import { judgeDelegation, type DelegationQuestion, type Standing } from '../../../core/delegations/judge-delegation.ts'

const [ada, grace, linus] = [1, 2, 3]
const moment = (day: string): Date => new Date(`${day}T00:00:00Z`)

function question(more: Partial<DelegationQuestion> = {}): DelegationQuestion {
  const { from = null, until = null } = more
  return {
    ...{ delegator: ada, delegate: grace, vo: 10, application: null, today: '2026-02-01', isDelegatePerson: true },
    ...{
      from,
      until,
      startsAt: moment(from ?? '2026-02-01'),
      endsAt: until === null ? null : moment(until),
      others: [],
    },
    ...more,
  }
}

function standing(more: Partial<Standing> = {}): Standing {
  return {
    ...{ id: 7, delegator: grace, delegate: linus, vo: 10, application: null },
    ...{ startsAt: moment('2026-01-01'), endsAt: moment('2026-03-01') },
    ...more,
  }
}

describe('who may stand in for whom', () => {
  it.each<readonly [string, Partial<DelegationQuestion>, string | undefined]>([
    ['somebody for another', {}, undefined],
    ['somebody for themselves', { delegate: ada }, 'oneself'],
    ['a service account', { isDelegatePerson: false }, 'no-person'],
    ['from today', { from: '2026-02-01' }, undefined],
    ['from yesterday', { from: '2026-01-31' }, 'date-past'],
    ['for no day', { from: '2026-02-05', until: '2026-02-05' }, 'date-past'],
    ['until today', { until: '2026-02-01' }, 'date-past'],
    ['for one day', { from: '2026-02-05', until: '2026-02-06' }, undefined],
    ['beside one of others', { others: [standing({ delegator: 8, delegate: 9 })] }, undefined],
    ['somebody who is away', { others: [standing()] }, 'chain'],
    [
      'somebody who is away later',
      { until: '2026-02-02', others: [standing({ startsAt: moment('2026-02-02') })] },
      undefined,
    ],
    ['somebody who was away', { others: [standing({ endsAt: moment('2026-02-01') })] }, undefined],
    ['somebody who is away for good', { others: [standing({ endsAt: null })] }, 'chain'],
    ['somebody who is away in another VO', { others: [standing({ vo: 11 })] }, undefined],
    ['somebody who is away in all VOs', { others: [standing({ vo: null })] }, 'chain'],
    ['in all VOs, somebody who is away in one', { vo: null, others: [standing()] }, 'chain'],
    ['somebody who is away about one application', { others: [standing({ application: 4 })] }, 'chain'],
    [
      'about one application, who is away about another',
      { application: 5, others: [standing({ application: 4 })] },
      undefined,
    ],
    ['for who stands in for another', { others: [standing({ delegator: linus, delegate: ada })] }, 'chain'],
    ['in a circle', { others: [standing({ delegator: grace, delegate: ada })] }, 'chain'],
    ['by another too', { others: [standing({ delegator: ada, delegate: linus })] }, undefined],
    ['twice', { others: [standing({ delegator: ada, delegate: grace })] }, 'delegated-already'],
    ['in all VOs besides in one', { vo: null, others: [standing({ delegator: ada, delegate: grace })] }, undefined],
    ['for two', { others: [standing({ delegator: linus, delegate: grace })] }, undefined],
  ])('%s', (_, more, reason) => {
    expect(judgeDelegation(question(more))?.reason).toBe(reason)
  })
})
