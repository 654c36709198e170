import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { createReached, parseCrash } from '../../worker/crash.ts'

describe('crash points', () => {
  it.each([
    ['apply.before-commit', { point: 'apply.before-commit', passing: 1 }],
    ['fetch.after:3', { point: 'fetch.after', passing: 3 }],
    ['fetch.later', undefined],
    ['fetch.after:0', undefined],
    ['fetch.after:1:2', undefined],
    ['fetch.after:1:/run/pid', { point: 'fetch.after', passing: 1, pidFile: '/run/pid' }],
    ['/run/plan', { plansIn: '/run/plan' }],
  ])('%s', (text, plan) => {
    expect(parseCrash(text)).toEqual(plan)
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

  it('a file says where, again and again, and passings count from when it is there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'guildhall-crash-'))
    const plansIn = join(folder, 'plan')
    const passed: string[] = []
    const reached = createReached({ plansIn }, () => void passed.push(existsSync(plansIn) ? 'end too early' : 'end'))
    const pass = (times: number): void => {
      for (let time = 0; time < times; time += 1) {
        passed.push('plan.after')
        reached('plan.after')
      }
    }

    pass(2)
    for (let time = 0; time < 2; time += 1) {
      writeFileSync(plansIn, 'plan.after:2')
      pass(3)
    }
    rmSync(folder, { recursive: true })

    const once = ['plan.after', 'plan.after', 'end', 'plan.after']
    expect(passed).toEqual(['plan.after', 'plan.after', ...once, ...once])
  })
})
