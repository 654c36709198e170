import { describe, expect, it } from '@jest/globals'
import { createReached, parseCrashPlan } from '../../worker/crash.ts'

describe('crash points', () => {
  it.each([
    ['apply.before-commit', { point: 'apply.before-commit', passing: 1 }],
    ['fetch.after:3', { point: 'fetch.after', passing: 3 }],
    ['fetch.later', undefined],
    ['fetch.after:0', undefined],
    ['fetch.after:1:2', undefined],
  ])('%s', (text, plan) => {
    expect(parseCrashPlan(text)).toEqual(plan)
  })

  it('the process ends at the n-th passing of its point only', () => {
    const passed: string[] = []
    const reached = createReached({ point: 'plan.after', passing: 2 }, () => void passed.push('end'))

    for (const point of ['plan.after', 'fetch.after', 'plan.after', 'plan.after'] as const) {
      passed.push(point)
      reached(point)
    }

    expect(passed).toEqual(['plan.after', 'fetch.after', 'plan.after', 'end', 'plan.after'])
  })
})
