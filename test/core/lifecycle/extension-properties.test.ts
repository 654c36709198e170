import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { dateAfterLifting } from '../../../core/lifecycle/date-after-lifting.ts'
import { extend, type ExtensionRequest } from '../../../core/lifecycle/extension.ts'
import { anyDay, anyLength, anyYearlyDay, step, walk, walkToYearlyDay } from '../../support/days.ts'

type Rules = NonNullable<ExtensionRequest['rules']>

const anyLoa = fc.integer({ min: 0, max: 3 })
const someLength = anyLength.filter(({ months, days }) => months + days > 0).map(({ text }) => text)
const anyTerm: fc.Arbitrary<Pick<Rules, 'extendBy' | 'extendUntil'>> = fc.oneof(
  someLength.map((extendBy) => ({ extendBy })),
  anyYearlyDay.map((extendUntil) => ({ extendUntil })),
  fc.constant({}),
)
const anyEntry = fc
  .record({ loa: anyLoa, term: anyTerm, renewable: fc.boolean() })
  .map(({ term, ...entry }) => ({ ...entry, ...term }))
const anyRules: fc.Arbitrary<Rules> = fc
  .record({
    term: anyTerm,
    others: fc.record(
      {
        window: anyLength.map(({ text }) => text),
        byLoa: fc.uniqueArray(anyEntry, { selector: ({ loa }) => loa }),
        notRenewableLoas: fc.uniqueArray(anyLoa, { maxLength: 2 }),
        exemptServiceAccounts: fc.boolean(),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ term, others }) => ({ ...term, ...others }))
const anyRequest: fc.Arbitrary<ExtensionRequest> = fc.record({
  rules: fc.option(anyRules, { nil: undefined, freq: 9 }),
  loa: fc.option(anyLoa, { nil: undefined }),
  status: fc.constantFrom('VALID', 'INVALID', 'EXPIRED', 'DISABLED', undefined),
  current: fc.option(anyDay, { nil: undefined }),
  today: anyDay,
  action: fc.constantFrom('join', 'extend'),
  serviceAccount: fc.boolean(),
})

/** A yearly term with a window, and what an oracle needs to walk it. */
const yearly = fc.record({ day: anyYearlyDay, window: anyLength, today: anyDay })

const member = { loa: 2, status: 'VALID', action: 'extend' } as const

describe('any extension', () => {
  it('never shortens, and a refused one leaves the date as it is', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const { allowed, expires } = extend(request)

        if (!allowed || request.current === undefined) expect(allowed || expires === request.current).toBe(true)
        else expect([request.current, expires].sort()).toEqual([request.current, expires])
      }),
      { numRuns: 2_000 },
    )
  })

  it('is the same for the same request, and changes nothing of it', () => {
    fc.assert(
      fc.property(anyRequest, (request) => {
        const copy = structuredClone(request)

        expect(extend(request)).toEqual(extend(copy))
        expect(request).toEqual(copy)
      }),
      { numRuns: 500 },
    )
  })

  it('leaves a date that is over only where nothing ends, and lifting drops that', () => {
    fc.assert(
      fc.property(anyRequest, ({ status = 'EXPIRED', ...request }) => {
        const { allowed, expires } = extend({ ...request, status })
        const isOver = allowed && expires !== undefined && expires <= request.today
        if (!isOver) return

        expect(nothingEnds(request)).toBe(true)
        expect(dateAfterLifting({ status: 'DISABLED', expires, today: request.today })).toBeUndefined()
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('a window', () => {
  it('begins with its first day, and the day before is refused', () => {
    fc.assert(
      fc.property(anyDay, anyLength, someLength, (current, window, extendBy) => {
        const first = walk(current, window, -1)
        const on = (today: string) =>
          extend({ ...member, rules: { extendBy, window: window.text }, current, today }).allowed

        expect([on(step(first, -1)), on(first)]).toEqual([false, true])
      }),
      { numRuns: 500 },
    )
  })

  it('does not hold back DISABLED', () => {
    fc.assert(
      fc.property(anyRequest, anyTerm, (request, term) => {
        const answer = extend({ ...request, rules: { window: 'P1D', ...term }, status: 'DISABLED' })

        expect(answer.allowed).toBe(true)
      }),
    )
  })
})

describe('a yearly term', () => {
  it('ends after today and at most two years ahead', () => {
    fc.assert(
      fc.property(yearly, ({ day, window, today }) => {
        const { expires = '' } = joined({ extendUntil: day, window: window.text }, today)

        expect(expires > today).toBe(true)
        // Two years hold a leap day at most.
        expect(expires <= step(today, 2 * 365 + 1)).toBe(true)
      }),
      { numRuns: 1_000 },
    )
  })

  it('ends where walking day by day ends, with and without a window', () => {
    fc.assert(
      fc.property(yearly, ({ day, window, today }) => {
        const next = walkToYearlyDay(day, today)
        const isWithin = walk(next, window, -1) <= today

        expect(joined({ extendUntil: day }, today)).toEqual({ allowed: true, expires: next })
        expect(joined({ extendUntil: day, window: window.text }, today)).toEqual({
          allowed: true,
          expires: isWithin ? walkToYearlyDay(day, next) : next,
        })
      }),
      { numRuns: 500 },
    )
  })
})

function joined(rules: Rules, today: string): ReturnType<typeof extend> {
  return extend({ rules, loa: 2, status: undefined, current: undefined, today, action: 'join' })
}

function nothingEnds({ rules, serviceAccount }: Omit<ExtensionRequest, 'status'>): boolean {
  if (rules?.extendBy === undefined && rules?.extendUntil === undefined) return true
  return serviceAccount === true && rules.exemptServiceAccounts === true
}
