import { describe, expect, it } from '@jest/globals'
import { decideWithdrawal } from '../../../core/lifecycle/acts/sponsoring.ts'
import { extend, type Extension, type ExtensionRequest, type RefusalReason } from '../../../core/lifecycle/extension.ts'

type Rules = NonNullable<ExtensionRequest['rules']>
type Person = Pick<ExtensionRequest, 'loa' | 'status' | 'serviceAccount'>
type Answer = Extension | 'thrown'
type Case = readonly [request: ExtensionRequest, answer: Answer]

const until = (expires: string | undefined): Extension => ({ allowed: true, expires })
const no = (reason: RefusalReason, expires: string | undefined): Extension => ({ allowed: false, reason, expires })

/** Somebody new asks on a day. */
function join(rules: Rules | undefined, today: string, who: Partial<Person> = {}): ExtensionRequest {
  return { rules, loa: 0, status: undefined, current: undefined, today, action: 'join', ...who }
}

/** A member asks, `current→today`; EXPIRED from the date on, where nothing else is said. */
function renew(rules: Rules | undefined, days: string, who: Partial<Person> = {}): ExtensionRequest {
  const [current = '', today = ''] = days.split('→')
  const status = current !== '' && current <= today ? 'EXPIRED' : 'VALID'
  return { rules, loa: 0, status, current: current === '' ? undefined : current, today, action: 'extend', ...who }
}

const halfYear: Rules = { extendBy: 'P6M', window: 'P2D' }
const newYear: Rules = { extendUntil: '01-01' }
const newYearWindow: Rules = { extendUntil: '01-01', window: 'P2D' }
const april16: Rules = { extendUntil: '04-16', window: 'P1M' }
const leapDay: Rules = { extendUntil: '02-29' }
const strict: Rules = { extendUntil: '01-01', notRenewableLoas: [0, 1] }
const monthForOne: Rules = { extendUntil: '01-01', notRenewableLoas: [0], byLoa: [{ loa: 1, extendBy: 'P1M' }] }
const onceForOne: Rules = { ...monthForOne, byLoa: [{ loa: 1, extendBy: 'P1M', renewable: false }] }
const yearBut = (extendUntil: string): Rules => ({
  extendBy: 'P1Y',
  byLoa: [{ loa: 1, extendUntil, renewable: false }],
})

/** The worked cases of Perun's behaviour by their numbers; where ours differs, or the matter is not `extend`'s, the row says why. */
const rows: readonly (readonly [number: number, title: string, cases: readonly Case[]])[] = [
  [1, 'ten days count from today', [[join({ extendBy: 'P10D' }, '2025-03-10'), until('2025-03-20')]]],
  [
    2,
    'a day, a month and a year are added',
    [
      [join({ extendBy: 'P1D' }, '2019-02-08'), until('2019-02-09')],
      [join({ extendBy: 'P1M' }, '2019-02-08'), until('2019-03-08')],
      [join({ extendBy: 'P1Y' }, '2019-02-08'), until('2020-02-08')],
    ],
  ],
  [
    3,
    '"+1day" is no length of time; the schema refuses it first',
    [[join({ extendBy: '+1day' }, '2025-03-10'), 'thrown']],
  ],
  [4, 'a year after a leap day is 28 February', [[join({ extendBy: 'P1Y' }, '2024-02-29'), until('2025-02-28')]]],
  [
    5,
    'a month after 31 January is the end of February',
    [[join({ extendBy: 'P1M' }, '2025-01-31'), until('2025-02-28')]],
  ],
  [6, 'an extension counts from today', [[renew({ extendBy: 'P6M' }, '2025-06-10→2025-06-09'), until('2025-12-09')]]],
  [
    7,
    'before the window it is refused',
    [[renew(halfYear, '2025-06-10→2025-06-07'), no('outside-window', '2025-06-10')]],
  ],
  [8, "the window's first day counts", [[renew(halfYear, '2025-06-10→2025-06-08'), until('2025-12-08')]]],
  [9, 'the last day before the end is within', [[renew(halfYear, '2025-06-10→2025-06-09'), until('2025-12-09')]]],
  [
    10,
    'DISABLED needs no window',
    [[renew(halfYear, '2025-06-10→2025-06-07', { status: 'DISABLED' }), until('2025-12-07')]],
  ],
  [11, 'after the end it is still allowed', [[renew(halfYear, '2025-06-10→2025-07-01'), until('2026-01-01')]]],
  [
    12,
    'a window of a month begins at the end of a shorter month',
    [
      [renew({ extendBy: 'P6M', window: 'P1M' }, '2025-03-31→2025-02-27'), no('outside-window', '2025-03-31')],
      [renew({ extendBy: 'P6M', window: 'P1M' }, '2025-03-31→2025-02-28'), until('2025-08-28')],
    ],
  ],
  [
    13,
    'a yearly day is the next one',
    [
      [join(newYear, '2025-06-15'), until('2026-01-01')],
      [join(newYear, '2025-12-31'), until('2026-01-01')],
    ],
  ],
  [14, 'on the yearly day itself it is the one a year later', [[join(newYear, '2025-01-01'), until('2026-01-01')]]],
  [
    15,
    'the same date again is allowed without a window',
    [[renew(newYear, '2026-01-01→2025-06-15'), until('2026-01-01')]],
  ],
  [
    16,
    'who joins the day before the yearly day gets a year more',
    [[join({ extendUntil: '04-01', window: 'P1M' }, '2025-03-31'), until('2026-04-01')]],
  ],
  [17, 'so does who joins on the first day of its window', [[join(april16, '2025-03-16'), until('2026-04-16')]]],
  [18, 'but not who joins the day before that', [[join(april16, '2025-03-15'), until('2025-04-16')]]],
  [19, 'nor who joins long before', [[join(april16, '2025-01-16'), until('2025-04-16')]]],
  [
    20,
    'the window of a yearly day reaches back over the year',
    [
      [join(newYearWindow, '2025-12-29'), until('2026-01-01')],
      [join(newYearWindow, '2025-12-30'), until('2027-01-01')],
    ],
  ],
  [
    21,
    "a member outside of the date's own window is refused",
    [[renew(newYearWindow, '2026-01-01→2025-12-29'), no('outside-window', '2026-01-01')]],
  ],
  [22, 'a member within it gets a year more', [[renew(newYearWindow, '2026-01-01→2025-12-30'), until('2027-01-01')]]],
  [
    23,
    'refused; Perun wrote the same date, as its writing did not look at the window: here asking and doing are one',
    [[renew(newYearWindow, '2026-01-01→2025-12-29'), no('outside-window', '2026-01-01')]],
  ],
  [
    24,
    'a month before 31 March is the end of February',
    [[join({ extendUntil: '03-31', window: 'P1M' }, '2025-02-28'), until('2026-03-31')]],
  ],
  [
    25,
    'a yearly leap day is 28 February in common years',
    [
      [join(leapDay, '2025-02-01'), until('2025-02-28')],
      [join(leapDay, '2024-02-28'), until('2024-02-29')],
      [join(leapDay, '2024-02-29'), until('2025-02-28')],
    ],
  ],
  [26, 'a year later; Perun wrote today, over at once (defect)', [[join(leapDay, '2025-02-28'), until('2026-02-28')]]],
  [27, 'a LoA that is not listed joins', [[join(strict, '2025-06-15', { loa: 2 }), until('2026-01-01')]]],
  [28, 'the first term is never refused', [[join(strict, '2025-06-15', { loa: 1 }), until('2026-01-01')]]],
  [
    29,
    'a listed LoA cannot extend and keeps its date',
    [[renew(strict, '2025-06-15→2025-06-15', { loa: 1 }), no('loa-too-low', '2025-06-15')]],
  ],
  [
    30,
    'refused; in Perun a blank after the comma defeated the match (defect), our list holds numbers',
    [[renew(strict, '2025-06-15→2025-06-15', { loa: 1 }), no('loa-too-low', '2025-06-15')]],
  ],
  [
    31,
    'a service account is like anybody unless exempt, and then its date stays; Perun never refused its LoA',
    [
      [renew(strict, '2026-01-01→2025-06-15', { serviceAccount: true }), no('loa-too-low', '2026-01-01')],
      [
        renew({ ...strict, exemptServiceAccounts: true }, '2026-01-01→2025-06-15', {
          serviceAccount: true,
        }),
        until('2026-01-01'),
      ],
    ],
  ],
  [32, "the LoA's own term, again", [[renew(monthForOne, '2025-07-15→2025-06-15', { loa: 1 }), until('2025-07-15')]]],
  [
    33,
    'a term that is not renewable is had once',
    [
      [join(onceForOne, '2025-06-15', { loa: 1 }), until('2025-07-15')],
      [renew(onceForOne, '2025-07-15→2025-06-16', { loa: 1 }), no('not-renewable', '2025-07-15')],
    ],
  ],
  [
    34,
    'refused; Perun said yes to the question and no at writing, as a past date ended the question early (inconsistent)',
    [[renew(onceForOne, '2025-07-15→2025-07-16', { loa: 1 }), no('not-renewable', '2025-07-15')]],
  ],
  [
    35,
    'a listed LoA is refused first',
    [[renew(onceForOne, '2025-07-15→2025-07-16'), no('loa-too-low', '2025-07-15')]],
  ],
  [36, "the LoA's own yearly day", [[join(yearBut('06-15'), '2025-03-01', { loa: 1 }), until('2025-06-15')]]],
  [
    37,
    '10 December; Perun misread it as 10 January, having dropped the dot (defect of a syntax that is not ours)',
    [[join(yearBut('12-10'), '2025-03-01', { loa: 1 }), until('2025-12-10')]],
  ],
  [
    38,
    '1 January; Perun failed inside (defect of the same syntax)',
    [[join(yearBut('01-01'), '2025-03-01', { loa: 1 }), until('2026-01-01')]],
  ],
  [
    39,
    "allowed without a date: that a LoA may not join is the VO's `requires.loa`, and these rules say nothing",
    [
      [join({}, '2025-06-15', { loa: 2 }), until(undefined)],
      [join({}, '2025-06-15', { loa: 1 }), until(undefined)],
      [join({}, '2025-06-15', { loa: 1, serviceAccount: true }), until(undefined)],
    ],
  ],
  [
    40,
    'a month from today, but a later date stands: coming back is an extension, and Perun cleared the date first',
    [
      [renew({ ...newYear, byLoa: [{ loa: 0, extendBy: 'P1M' }] }, '2025-05-01→2025-06-15'), until('2025-07-15')],
      [
        renew({ ...newYear, byLoa: [{ loa: 0, extendBy: 'P1M' }] }, '2026-01-01→2025-06-15', {
          status: 'EXPIRED',
        }),
        until('2026-01-01'),
      ],
    ],
  ],
  [
    41,
    'refused: EXPIRED waits for the window as well; only who was removed joins anew without a date, as Perun took it',
    [
      [
        renew({ extendBy: 'P10D', window: 'P1D' }, '2025-06-27→2025-06-15', {
          status: 'EXPIRED',
        }),
        no('outside-window', '2025-06-27'),
      ],
      [join({ extendBy: 'P10D', window: 'P1D' }, '2025-06-15'), until('2025-06-25')],
    ],
  ],
  [
    42,
    'without rules, or without a term, everything is allowed and nothing changes',
    [
      [join(undefined, '2025-06-15'), until(undefined)],
      [renew(undefined, '2026-01-01→2025-06-15'), until('2026-01-01')],
      [renew(undefined, '→2025-06-15'), until(undefined)],
      [renew({ window: 'P1D', notRenewableLoas: [0] }, '2025-06-01→2025-06-15'), until('2025-06-01')],
      [renew({ byLoa: [{ loa: 0, extendBy: 'P1M' }] }, '2025-06-01→2025-06-15'), until('2025-06-01')],
    ],
  ],
  [
    43,
    'whose last sponsor left is EXPIRED once the thirty days are over, and may extend then; without a date not',
    [
      [renew({ extendBy: 'P1Y' }, '2025-06-15→2025-06-15'), until('2026-06-15')],
      [renew({ extendBy: 'P1Y' }, '→2025-06-15'), no('never-expires', undefined)],
    ],
  ],
]

describe('the worked cases', () => {
  it.each(rows)('%i: %s', (...[, , cases]) => {
    expect(cases.map(([request]) => outcome(request))).toEqual(cases.map(([, answer]) => answer))
  })

  it('are all there', () => {
    expect(rows.map(([number]) => number)).toEqual(Array.from({ length: 43 }, (_, index) => index + 1))
  })
})

describe('row 43, the last sponsor is removed', () => {
  const set = { name: 'VO "astro"', kind: 'vo', rules: undefined, exclusiveAt: undefined } as const
  const standing = { member: 'VALID', expires: undefined, rows: [], heldBy: [], loa: 0, serviceAccount: false } as const
  const own = { status: 'VALID', expires: undefined, leaving: undefined, dateBefore: undefined } as const
  const guest = { set, standing, isEndedByPerson: false, heldUntil: undefined, own, today: '2025-06-15' }

  it('gives the guest thirty days to find another, where Perun ended the membership that day', () => {
    expect(decideWithdrawal(guest, undefined)).toEqual({ allowed: true, expires: '2025-07-15', before: null })
  })

  it('ends it that day where the sponsor says so', () => {
    expect(decideWithdrawal(guest, '2025-06-15')).toEqual({ allowed: true, expires: '2025-06-15', before: null })
  })

  it('takes nothing from whom somebody else holds', () => {
    expect(decideWithdrawal({ ...guest, heldUntil: null }, undefined)).toEqual({ allowed: true, expires: undefined })
  })
})

function outcome(request: ExtensionRequest): Answer {
  try {
    return extend(request)
  } catch {
    return 'thrown'
  }
}
