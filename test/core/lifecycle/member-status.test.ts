import { describe, expect, it } from '@jest/globals'
import { memberStatus } from '../../../core/lifecycle/member-status.ts'

describe('the status of a VO member', () => {
  it.each([
    ['a new member with everything is VALID', undefined, false, false, 'VALID'],
    ['a new member without what the VO requires is INVALID', undefined, true, false, 'INVALID'],
    ['a new member without what a service requires is INVALID', undefined, false, true, 'INVALID'],
    ['an INVALID member who has everything now becomes VALID', 'INVALID', false, false, 'VALID'],
    ['an INVALID member waits for what a service requires', 'INVALID', false, true, 'INVALID'],
    ['a VALID member stays VALID without what a service requires', 'VALID', false, true, 'VALID'],
    ['a VALID member loses it without what the VO requires', 'VALID', true, false, 'INVALID'],
    ['an EXPIRED member stays EXPIRED', 'EXPIRED', false, false, 'EXPIRED'],
    ['a DISABLED member stays DISABLED', 'DISABLED', true, true, 'DISABLED'],
  ] as const)('%s', (...[, current, lacksForVo, lacksForServices, expected]) => {
    expect(memberStatus({ current, lacksForVo, lacksForServices })).toBe(expected)
  })
})
