import { describe, expect, it } from '@jest/globals'
import { acceptBy, acceptedUntil, renewableFrom, type TermsStanding } from '../../../core/lifecycle/terms.ts'

const first = { version: '1', day: '2026-01-05' }
const second = { version: '2', day: '2026-06-01' }
const never: TermsStanding['accepted'] = new Map()
const rules = { resignEvery: 'P1Y', grace: 'P30D' }

describe('the day from which a member is INVALID without accepting', () => {
  it.each([
    { case: 'counts the grace from the version', standing: {}, by: '2026-02-04' },
    { case: 'counts it from the membership where that is later', standing: { joined: '2026-03-01' }, by: '2026-03-31' },
    { case: 'is the day of the version without grace', rules: {}, standing: {}, by: '2026-01-05' },
    { case: 'is none without terms', standing: { versions: [] }, by: undefined },
    { case: 'is none once accepted for ever', rules: { grace: 'P30D' }, standing: { on: '2026-01-07' }, by: undefined },
    { case: 'comes after an acceptance has run out', standing: { on: '2026-01-07' }, by: '2027-02-06' },
    {
      case: 'is counted anew for another version',
      standing: { versions: [first, second], on: '2026-01-07' },
      by: '2026-07-01',
    },
    {
      case: 'is past for whom the version before had left without time already',
      standing: { versions: [first, second] },
      by: '2026-02-04',
    },
    {
      case: 'is counted anew for whom the version before had left time',
      standing: { versions: [first, { version: '2', day: '2026-01-20' }] },
      by: '2026-02-19',
    },
    {
      case: 'is past for whose acceptance ran out before another version came',
      standing: { versions: [first, { version: '2', day: '2027-03-01' }], on: '2026-01-07' },
      by: '2027-02-06',
    },
    {
      case: 'is counted from the version where that came back after an acceptance had run out',
      standing: { versions: [{ version: '1', day: '2030-01-01' }], on: '2026-01-07' },
      by: '2030-01-31',
    },
    {
      case: 'is counted from the membership of who came back after an acceptance had run out',
      standing: { on: '2026-01-07', joined: '2031-01-01' },
      by: '2031-01-31',
    },
  ])('$case', ({ rules: given = rules, standing: { on, ...standing }, by }) => {
    const accepted = on === undefined ? never : new Map([['1', on]])
    expect(acceptBy(given, { versions: [first], joined: '2026-01-01', accepted, ...standing })).toBe(by)
  })

  it('is that of the newest version accepted, not of the last', () => {
    const accepted = new Map([['2', '2026-06-02']])
    const versions = [first, second, { version: '1', day: '2026-09-01' }]
    expect(acceptBy(rules, { versions, accepted, joined: '2026-01-01' })).toBe('2026-10-01')
  })
})

describe('an acceptance', () => {
  it('counts for as long as the VO says, and may be renewed from three months before', () => {
    expect(acceptedUntil(rules, '2026-01-31')).toBe('2027-01-31')
    expect(renewableFrom(rules, '2026-01-31')).toBe('2026-10-31')
    expect(acceptedUntil({}, '2026-01-31')).toBeUndefined()
    expect(renewableFrom({}, '2026-01-31')).toBeUndefined()
  })
})
