import { expect, it } from '@jest/globals'
import { readLimitsOf, type InstanceGuard } from '../../../core/config/guard.ts'
import type { SourceGuard } from '../../../schemas/generated/config.ts'

interface Said {
  readonly when: string
  readonly instance?: InstanceGuard
  readonly own?: SourceGuard
  readonly expected: object
}

it.each<Said>([
  { when: 'nothing is said', expected: { shrink: 10, missing: 5, from: 10 } },
  {
    when: 'the instance says more',
    instance: { shrink: '20%', from: 20 },
    expected: { shrink: 20, missing: 5, from: 20 },
  },
  { when: 'the source says less', own: { missing: '1%', from: 5 }, expected: { shrink: 10, missing: 1, from: 5 } },
  { when: 'the source says more', own: { shrink: '50%', from: 50 }, expected: { shrink: 10, missing: 5, from: 10 } },
  {
    when: 'the instance says it of the source and the VO',
    instance: {
      overrides: [
        { vo: 'astro', missing: '7%', shrink: '30%' },
        { source: 'hr', shrink: '40%' },
        { source: 'other', missing: '90%' },
      ],
    },
    expected: { shrink: 40, missing: 7, from: 10 },
  },
])('the limits of a read where $when', ({ instance = {}, own, expected }) => {
  expect(readLimitsOf(instance, { vo: 'astro', source: 'hr' }, own)).toEqual(expected)
})
