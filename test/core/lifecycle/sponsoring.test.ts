import { describe, expect, it } from '@jest/globals'
import {
  decideSponsoring,
  decideTransfer,
  decideWithdrawal,
  type SponsoredGuest,
  type Sponsorship,
} from '../../../core/lifecycle/acts/sponsoring.ts'
import type { ActedSet, Standing } from '../../../core/lifecycle/acts/standing.ts'

const today = '2026-11-22'
const vo: ActedSet = { name: 'VO "astro"', kind: 'vo', rules: undefined, exclusiveAt: undefined }
const rules = { extendBy: 'P1Y', window: 'P1M', notRenewableLoas: [3] }
const sponsor = { isSponsor: true, isGuest: false }

function guest(over: Partial<SponsoredGuest> = {}, standing: Partial<Standing> = {}): SponsoredGuest {
  const usual = { member: 'VALID', expires: undefined, rows: [], heldBy: [], loa: 0, serviceAccount: false } as const
  return {
    ...{ set: vo, standing: { ...usual, ...standing }, isEndedByPerson: false, heldUntil: undefined, own: undefined },
    ...{ today, ...over },
  }
}

function row(over: Partial<Sponsorship> = {}): Sponsorship {
  return { status: 'VALID', expires: undefined, leaving: undefined, dateBefore: undefined, ...over }
}

const newcomer = { member: undefined }
const leaving = row({ expires: '2026-12-01', leaving: 'withdrawn', dateBefore: '2027-06-01' })

type Verdict = ReturnType<typeof decideSponsoring>
type Case = readonly [what: string, verdict: Verdict, expected: string | object]

const sponsoring = (who: SponsoredGuest, until?: string, candidate = sponsor): Verdict =>
  decideSponsoring(who, { candidate, until })

const cases: readonly Case[] = [
  ['a newcomer without rules stays for ever', sponsoring(guest({}, newcomer)), { expires: null }],
  ['a newcomer stays by the rules', sponsoring(guest({ set: { ...vo, rules } }, newcomer)), { expires: '2027-11-22' }],
  [
    'a day that is given goes before the rules',
    sponsoring(guest({ set: { ...vo, rules } }), '2026-12-24'),
    { expires: '2026-12-24' },
  ],
  ['today is no day to begin with', sponsoring(guest(), today), 'date-past'],
  [
    'git alone fills an exclusive VO',
    sponsoring(guest({ set: { ...vo, exclusiveAt: { file: 'a', line: 1 } } })),
    'exclusive',
  ],
  [
    'nobody comes into a VO that is over',
    sponsoring(guest({ set: { ...vo, over: { kind: 'vo', name: 'VO "astro"', since: '2026-11-01' } } }, newcomer)),
    'vo-expired',
  ],
  ['not everybody is a sponsor', sponsoring(guest(), undefined, { isSponsor: false, isGuest: false }), 'not-a-sponsor'],
  ['nobody is their own', sponsoring(guest(), undefined, { isSponsor: true, isGuest: true }), 'own-sponsor'],
  [
    'EXPIRED comes back',
    sponsoring(guest({ own: row({ status: 'EXPIRED' }) }, { member: 'EXPIRED' })),
    { expires: null, lift: true },
  ],
  ['DISABLED by the clock too', sponsoring(guest({}, { member: 'DISABLED' })), { expires: null, lift: true }],
  [
    'DISABLED by a person does not',
    sponsoring(guest({ isEndedByPerson: true }, { member: 'DISABLED' })),
    'disabled-by-person',
  ],
  ['once more without rules changes nothing', sponsoring(guest({ own: row() })), 'already-sponsored'],
  [
    'once more extends within the window',
    sponsoring(guest({ set: { ...vo, rules }, own: row({ expires: '2026-12-01' }) })),
    { expires: '2027-11-22' },
  ],
  [
    'and not before it',
    sponsoring(guest({ set: { ...vo, rules }, own: row({ expires: '2027-01-01' }) })),
    'outside-window',
  ],
  [
    'nor by a LoA that is not renewable',
    sponsoring(guest({ set: { ...vo, rules }, own: row({ expires: '2026-12-01' }) }, { loa: 3 })),
    'loa-too-low',
  ],
  [
    'who withdrew and thinks better of it gives the day back',
    sponsoring(guest({ own: leaving })),
    { expires: '2027-06-01' },
  ],
  [
    'a withdrawal leaves thirty days',
    decideWithdrawal(guest({ own: row({ expires: '2027-06-01' }) }), undefined),
    { expires: '2026-12-22', before: '2027-06-01' },
  ],
  [
    'but no more than there were',
    decideWithdrawal(guest({ own: row({ expires: '2026-11-30' }) }), undefined),
    { expires: '2026-11-30', before: '2026-11-30' },
  ],
  ['it may be over at once', decideWithdrawal(guest({ own: row() }), today), { expires: today, before: null }],
  ['it may not be over before', decideWithdrawal(guest({ own: row() }), '2026-11-21'), 'date-past'],
  ['a second one needs a day', decideWithdrawal(guest({ own: leaving }), undefined), 'already-leaving'],
  [
    'and keeps the date of before',
    decideWithdrawal(guest({ own: leaving }), '2026-11-25'),
    { expires: '2026-11-25', before: '2027-06-01' },
  ],
  [
    'nothing is left where something else lasts as long',
    decideWithdrawal(guest({ own: row(), heldUntil: '2026-12-22' }), undefined),
    { expires: undefined },
  ],
  [
    'days are left where it is over sooner',
    decideWithdrawal(guest({ own: row(), heldUntil: '2026-12-21' }), undefined),
    { expires: '2026-12-22', before: null },
  ],
  ['who has no such guest has nothing to withdraw', decideWithdrawal(guest(), undefined), 'not-sponsored'],
  ['nor what is over', decideWithdrawal(guest({ own: row({ status: 'EXPIRED' }) }), undefined), 'is-over'],
  [
    'who takes over gives the date that there was',
    decideTransfer(guest({ own: leaving }), sponsor),
    { expires: '2027-06-01' },
  ],
  [
    'or the later one of their own',
    decideTransfer(guest({ own: leaving, successor: row({ expires: '2027-07-01' }) }), sponsor),
    { expires: '2027-07-01' },
  ],
  [
    'or none',
    decideTransfer(guest({ own: row(), successor: row({ expires: '2027-07-01' }) }), sponsor),
    { expires: null },
  ],
  [
    'what the successor had once does not count',
    decideTransfer(guest({ own: leaving, successor: row({ status: 'EXPIRED' }) }), sponsor),
    { expires: '2027-06-01' },
  ],
  [
    'who takes over must be a sponsor',
    decideTransfer(guest({ own: row() }), { isSponsor: false, isGuest: false }),
    'not-a-sponsor',
  ],
  ['and not the guest', decideTransfer(guest({ own: row() }), { isSponsor: true, isGuest: true }), 'own-sponsor'],
  [
    'nobody takes over from themselves',
    decideTransfer(guest({ own: leaving, successor: leaving }), { ...sponsor, isOwnSponsor: true }),
    'already-sponsored',
  ],
  ['nobody takes over what is not there', decideTransfer(guest(), sponsor), 'not-sponsored'],
]

describe('sponsors and guests', () => {
  it.each(cases)('%s', (_, verdict, expected) => {
    if (typeof expected === 'string') expect(verdict).toMatchObject({ allowed: false, reason: expected })
    else expect(verdict).toEqual({ allowed: true, ...expected })
  })
})
