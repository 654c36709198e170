import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { durationOf, nextYearlyDay } from '../../core/lifecycle/calendar.ts'
import { readExpiryQuestion } from '../../schemas/expiry-question.ts'
import { documentFaults } from '../../schemas/validate.ts'

const question = {
  rules: { extendBy: 'P1Y' },
  loa: 2,
  status: 'VALID',
  current: '2027-01-31',
  today: '2027-01-05',
  action: 'extend',
}

const everyKey = {
  extendBy: 'P1Y',
  window: 'P1M',
  byLoa: [
    { loa: 1, extendBy: 'P6M', renewable: false },
    { loa: 3, extendUntil: '02-29' },
  ],
  notRenewableLoas: [0],
  disableAfter: 'P6M',
  deleteAfter: 'P0D',
  removeAfter: 'P1M',
  autoExtend: { lastLoginWithin: 'P3M', sources: ['idp'] },
  exemptServiceAccounts: true,
}

function faultsOf(value: unknown): string[] {
  const read = readExpiryQuestion(value)
  return read.kind === 'question' ? [] : read.faults.map(({ path, message }) => `${path.join('.')}: ${message}`)
}

const isAccepted = (rules: unknown) => faultsOf({ ...question, rules }).length === 0

function isCalculable(calculate: () => unknown): boolean {
  try {
    calculate()
    return true
  } catch {
    return false
  }
}

describe('the expiration of a VO or group', () => {
  it.each([null, {}, everyKey, { extendUntil: '01-01' }, { byLoa: [{ loa: 0 }] }])('%j is one', (rules) => {
    expect(faultsOf({ ...question, rules })).toEqual([])
  })

  it.each([
    [5, 'rules: expected an object such as {"extendBy": "P1Y"}, or null, got the number 5'],
    [{ extendsBy: 'P1Y' }, 'rules.extendsBy: unknown key "extendsBy"; did you mean "extendBy"?'],
    [{ extendBy: '+1day' }, 'rules.extendBy: expected a duration of whole days such as "P6M", got "+1day"'],
    [{ window: 'PT12H' }, 'rules.window: expected a duration of whole days such as "P6M", got "PT12H"'],
    [{ extendBy: 'P0D' }, 'rules.extendBy: expected a duration longer than nothing such as "P1Y", got "P0D"'],
    [{ extendUntil: '1.1.' }, 'rules.extendUntil: expected a yearly day "MM-DD" such as "01-01", got "1.1."'],
    [
      { extendBy: 'P1Y', extendUntil: '01-01' },
      'rules.extendUntil: expected only one of the keys "extendBy", "extendUntil" here',
    ],
    [
      { byLoa: [{ loa: 1, extendBy: 'P1Y', extendUntil: '01-01' }] },
      'rules.byLoa.0.extendUntil: expected only one of the keys "extendBy", "extendUntil" here',
    ],
    [
      { byLoa: [{ loa: 1, extendBy: 'P6M' }, { loa: 2 }, { loa: 1, extendBy: 'P1Y' }] },
      'rules.byLoa.2.loa: expected another value than in the entries before, got the number 1 again',
    ],
    [{ byLoa: [{ extendBy: 'P1Y' }] }, 'rules.byLoa.0: expected the key "loa" here'],
    [{ notRenewableLoas: [4] }, 'rules.notRenewableLoas.0: expected a number of at most 3, got the number 4'],
    [{ autoExtend: {} }, 'rules.autoExtend: expected the key "lastLoginWithin" here'],
  ])('%j is none, and one sentence says why', (rules, message) => {
    expect(faultsOf({ ...question, rules })).toEqual([message])
  })

  it('has a yearly day exactly where the calendar has one', () => {
    const two = (number: number) => String(number).padStart(2, '0')
    const texts = Array.from({ length: 14 * 33 }, (_, index) => `${two(Math.floor(index / 33))}-${two(index % 33)}`)

    const differing = texts.filter(
      (extendUntil) => isAccepted({ extendUntil }) !== isCalculable(() => nextYearlyDay(extendUntil, '2026-11-22')),
    )

    expect(differing).toEqual([])
  })

  it('has a duration exactly where one can be calculated with', () => {
    const text = fc.stringMatching(/^P?([0-9]{0,2}[YMWDTH]){0,4}$/)
    fc.assert(
      fc.property(text, (window) => {
        expect(isAccepted({ window })).toBe(isCalculable(() => durationOf(window)))
      }),
      { numRuns: 1_000 },
    )
  })

  it.each([
    ['VO', { extendBy: 'P1Y', disableAfter: 'P6M', deleteAfter: 'P1Y' }, []],
    ['Group', { extendUntil: '01-01', removeAfter: 'P1M' }, []],
    ['VO', { extendBy: 'P1Y', removeAfter: 'P1M' }, ['key-unknown']],
    ['Group', { extendBy: 'P1Y', deleteAfter: 'P1M' }, ['key-unknown']],
    ['VO', { autoExtend: { lastLoginWithin: 'P3M' } }, []],
    ['VO', { exemptServiceAccounts: true }, []],
    ['Group', { exemptServiceAccounts: true }, []],
  ])('in a document of kind %s may be %j, or is refused for %j', (kind, expiration, codes) => {
    const metadata = kind === 'VO' ? { name: 'astro' } : { vo: 'astro', name: 'telescope' }
    const document = { apiVersion: 'guildhall/v1', kind, metadata, spec: { expiration } }

    expect(documentFaults(document).map(({ code }) => code)).toEqual(codes)
  })
})

describe('a question', () => {
  it('may leave everything empty that there need not be', () => {
    const join = { ...question, rules: null, loa: null, status: null, current: null, action: 'join' }

    expect(readExpiryQuestion(join)).toEqual({ kind: 'question', question: join })
  })

  it.each([
    [{ ...question, loa: '2' }, 'loa: expected a whole number or nothing, got "2"'],
    [{ ...question, status: 'Valid' }, 'status: expected "VALID", "INVALID", "EXPIRED", "DISABLED", null, got "Valid"'],
    [{ ...question, current: '31.1.2027' }, 'current: expected a day such as "2027-01-31", or null, got "31.1.2027"'],
    [{ ...question, today: null }, 'today: expected a day such as "2026-11-22", got nothing'],
    [{ ...question, action: 'renew' }, 'action: expected "join", "extend", got "renew"'],
    [
      { ...question, serviceAcount: true },
      'serviceAcount: unknown key "serviceAcount"; did you mean "serviceAccount"?',
    ],
    [{ ...question, current: undefined }, ': expected the key "current" here'],
    [[], ': expected an object with the keys rules, loa, status, current, today and action, got an empty list'],
  ])('%j is none', (value, message) => {
    expect(faultsOf(value)[0]).toContain(message)
  })
})
