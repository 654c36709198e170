import { describe, expect, it } from '@jest/globals'
import { levelOf } from '../../../core/lifecycle/levels.ts'

const seen = { loa: 2, day: '2026-01-31' }

describe('the LoA of an identity', () => {
  it.each([
    { case: 'never seen', source: { loa: 1 }, today: '2026-02-01', level: 1 },
    { case: 'never seen, of a source without a level', source: {}, today: '2026-02-01', level: undefined },
    { case: 'seen, which counts for ever', source: { loa: 1 }, seen, today: '2036-02-01', level: 2 },
    { case: 'on the last day on which it counts', source: { validFor: 'P1M' }, seen, today: '2026-02-27', level: 2 },
    { case: 'on the first day after', source: { validFor: 'P1M' }, seen, today: '2026-02-28', level: undefined },
    {
      case: 'back to the word of the source',
      source: { loa: 1, validFor: 'P1M' },
      seen,
      today: '2026-02-28',
      level: 1,
    },
  ])('$case', ({ source, seen: sighting, today, level }) => {
    expect(levelOf({ type: 'declared', ...source }, { seen: sighting, today })).toBe(level)
  })

  it('is not known where the source is gone', () => {
    expect(levelOf(undefined, { seen, today: '2026-02-01' })).toBeUndefined()
  })
})
