import { describe, expect, it } from '@jest/globals'
import { dateAfterLifting } from '../../../core/lifecycle/date-after-lifting.ts'
import { extend, type ExtensionRequest } from '../../../core/lifecycle/extension.ts'

/** A VALID member of LoA 2 asks in the middle of the year, half a year before the end. */
function ask(over: Partial<ExtensionRequest>): unknown {
  const { allowed, expires, ...refusal } = extend({
    rules: { extendBy: 'P1Y' },
    loa: 2,
    status: 'VALID',
    current: '2027-01-01',
    today: '2026-07-01',
    action: 'extend',
    ...over,
  })
  return allowed ? expires : refusal
}

const refused = (reason: string) => ({ reason })

describe('an extension', () => {
  it('without a date is refused to VALID and INVALID only, and EXPIRED and DISABLED come back by it', () => {
    const answers = (['VALID', 'INVALID', 'EXPIRED', 'DISABLED'] as const).map((status) =>
      ask({ status, current: undefined }),
    )

    expect(answers).toEqual([refused('never-expires'), refused('never-expires'), '2027-07-01', '2027-07-01'])
  })

  it('names the first of several reasons', () => {
    const byLoa = [{ loa: 2, renewable: false }]
    const late = { extendBy: 'P1Y', window: 'P1M' }

    expect(ask({ rules: { ...late, byLoa, notRenewableLoas: [2] } })).toEqual(refused('loa-too-low'))
    expect(ask({ rules: { ...late, byLoa } })).toEqual(refused('not-renewable'))
    expect(ask({ rules: late })).toEqual(refused('outside-window'))
    expect(ask({ rules: { ...late, byLoa, notRenewableLoas: [2] }, current: undefined })).toEqual(
      refused('never-expires'),
    )
  })

  it('takes no LoA for 0', () => {
    const rules = { extendBy: 'P1Y', byLoa: [{ loa: 0, extendBy: 'P10D' }] }

    expect(ask({ rules, loa: undefined, current: '2026-07-02' })).toBe('2026-07-11')
    expect(ask({ rules: { ...rules, notRenewableLoas: [0] }, loa: undefined })).toEqual(refused('loa-too-low'))
  })

  it("puts the LoA's term in the place of either general one", () => {
    expect(ask({ rules: { extendBy: 'P1Y', byLoa: [{ loa: 2, extendUntil: '03-01' }] } })).toBe('2027-03-01')
    expect(ask({ rules: { extendUntil: '03-01', byLoa: [{ loa: 2, extendBy: 'P2Y' }] } })).toBe('2028-07-01')
  })

  it('keeps the general term for an entry without one, and for other LoAs', () => {
    expect(ask({ rules: { extendBy: 'P1Y', byLoa: [{ loa: 2, renewable: true }] } })).toBe('2027-07-01')
    expect(ask({ rules: { extendBy: 'P1Y', byLoa: [{ loa: 1, extendBy: 'P3Y' }] } })).toBe('2027-07-01')
  })

  it('counts from today with a term of days, also within the window', () => {
    expect(ask({ rules: { extendBy: 'P1Y', window: 'P1M' }, current: '2026-08-01' })).toBe('2027-07-01')
  })

  it('never shortens', () => {
    expect(ask({ current: '2029-01-01' })).toBe('2029-01-01')
  })

  it('leaves the date of an exempt service account alone, and of that one only', () => {
    const rules = { extendBy: 'P1Y', exemptServiceAccounts: true }

    expect(ask({ rules, serviceAccount: true })).toBe('2027-01-01')
    expect(ask({ rules, serviceAccount: true, current: undefined })).toBeUndefined()
    expect(ask({ rules, serviceAccount: false })).toBe('2027-07-01')
    expect(ask({ serviceAccount: true })).toBe('2027-07-01')
  })

  it('is refused to a join that comes with a date like to any', () => {
    expect(ask({ action: 'join', rules: { extendBy: 'P1Y', window: 'P1M' } })).toEqual(refused('outside-window'))
  })
})

describe('coming back', () => {
  it.each(['EXPIRED', 'DISABLED'] as const)('from %s drops a date that is over', (status) => {
    const dates = ['2026-06-30', '2026-07-01', '2026-07-02', undefined]

    const after = dates.map((expires) => dateAfterLifting({ status, expires, today: '2026-07-01' }))

    expect(after).toEqual([undefined, undefined, '2026-07-02', undefined])
  })

  it.each(['VALID', 'INVALID'] as const)('is nothing that %s does', (status) => {
    expect(dateAfterLifting({ status, expires: '2026-06-30', today: '2026-07-01' })).toBe('2026-06-30')
  })
})
