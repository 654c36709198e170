import { describe, expect, it } from '@jest/globals'
import { decideAct } from '../../../core/lifecycle/acts/decide.ts'
import type { ActedSet, ActRequest, Standing, StandingRow } from '../../../core/lifecycle/acts/standing.ts'

const today = '2026-11-22'

function standing(over: Partial<Standing> = {}): Standing {
  return { member: 'VALID', expires: undefined, rows: [], heldBy: [], loa: 0, serviceAccount: false, ...over }
}

function row(origin: StandingRow['origin'], over: Partial<StandingRow> = {}): StandingRow {
  return { origin, originName: '', status: 'VALID', expires: undefined, at: undefined, ...over }
}

const vo: ActedSet = { name: 'VO "astro"', kind: 'vo', rules: undefined, exclusiveAt: undefined }
const group: ActedSet = { ...vo, name: 'group "astro/board"', kind: 'group' }
const rules = {
  extendBy: 'P1Y',
  window: 'P1M',
  byLoa: [{ loa: 1, extendBy: 'P6M', renewable: false }],
  notRenewableLoas: [3],
}

const outside = standing({ member: undefined })
const declared = row('config', { at: { file: 'vo.yaml', line: 12 } })
const over = row('manager', { status: 'EXPIRED', expires: '2026-01-01' })

/** What is done to whom, and what comes of it: a reason, or the parts of the verdict. */
const cases: readonly (readonly [string, ActedSet, Standing, Pick<ActRequest, 'act' | 'expires'>, string | object])[] =
  [
    [
      'a newcomer joins without rules for ever',
      vo,
      outside,
      { act: 'add' },
      { write: { origin: 'manager', expires: null } },
    ],
    [
      'a newcomer joins by the rules',
      { ...vo, rules },
      outside,
      { act: 'add' },
      { write: { origin: 'manager', expires: '2027-11-22' } },
    ],
    [
      'the term of a LoA goes first',
      { ...vo, rules },
      { ...outside, loa: 1 },
      { act: 'add' },
      { write: { origin: 'manager', expires: '2027-05-22' } },
    ],
    [
      'a date that is given goes before the rules',
      { ...vo, rules },
      outside,
      { act: 'add', expires: '2026-12-01' },
      { write: { origin: 'manager', expires: '2026-12-01' } },
    ],
    [
      'nobody joins a VO that git alone fills',
      { ...vo, exclusiveAt: { file: 'vo.yaml', line: 3 } },
      outside,
      { act: 'add' },
      'exclusive',
    ],
    [
      'whom git names may be let in by a manager too',
      vo,
      standing({ rows: [declared] }),
      { act: 'add' },
      { write: { origin: 'manager', expires: null } },
    ],
    ['who is in is not added', vo, standing({ rows: [row('manager')] }), { act: 'add' }, 'already-member'],
    ['who was in is extended, not added', vo, standing({ member: 'EXPIRED', rows: [over] }), { act: 'add' }, 'is-over'],
    [
      'who is DISABLED is enabled, not added',
      vo,
      standing({ member: 'DISABLED', rows: [row('manager')] }),
      { act: 'add' },
      'is-over',
    ],
    ['a group takes members of the VO', group, outside, { act: 'add' }, 'not-a-member'],
    [
      'a group takes EXPIRED ones too',
      group,
      standing({ member: 'EXPIRED' }),
      { act: 'add' },
      { write: { origin: 'manager', expires: null } },
    ],
    ['a row of a group that is over is extended', group, standing({ rows: [over] }), { act: 'add' }, 'is-over'],
    [
      'whom nothing else holds is out',
      vo,
      standing({ rows: [row('manager')] }),
      { act: 'remove' },
      { endRows: true, endMember: true },
    ],
    ['whom git holds stays', vo, standing({ rows: [row('manager'), declared] }), { act: 'remove' }, { endRows: true }],
    [
      'whom a group holds stays',
      vo,
      standing({ rows: [row('application')], heldBy: ['group "astro/x" (a.yaml:1)'] }),
      { act: 'remove' },
      { endRows: true },
    ],
    ['whom nothing holds any more can be taken out', vo, standing(), { act: 'remove' }, { endMember: true }],
    ['what git declares is removed in git', vo, standing({ rows: [declared] }), { act: 'remove' }, 'declared'],
    [
      'what a sponsor holds is ended by the sponsor',
      vo,
      standing({ rows: [row('sponsor')] }),
      { act: 'remove' },
      'sponsored',
    ],
    ['who is no member cannot be removed', vo, outside, { act: 'remove' }, 'not-a-member'],
    ['who is not in a group cannot be removed from it', group, standing(), { act: 'remove' }, 'not-in-group'],
    [
      'removing from a group ends nothing else',
      group,
      standing({ rows: [row('manager')] }),
      { act: 'remove' },
      { endRows: true },
    ],
    [
      'without a date there is nothing to extend',
      { ...vo, rules },
      standing({ rows: [row('manager')] }),
      { act: 'extend' },
      'never-expires',
    ],
    [
      'what git declares does not end by rules',
      { ...vo, rules },
      standing({ expires: '2026-12-01', rows: [declared] }),
      { act: 'extend' },
      'never-expires',
    ],
    [
      'a sponsored membership lasts as its sponsors say',
      { ...vo, rules },
      standing({ expires: '2026-12-01', rows: [row('sponsor')] }),
      { act: 'extend' },
      'sponsored',
    ],
    [
      'an extension before the window is refused',
      { ...vo, rules },
      standing({ expires: '2026-12-23', rows: [row('manager')] }),
      { act: 'extend' },
      'outside-window',
    ],
    [
      'an extension writes the row of the application',
      { ...vo, rules },
      standing({ expires: '2026-12-22', rows: [row('application'), row('manager')] }),
      { act: 'extend' },
      { write: { origin: 'application', expires: '2027-11-22' } },
    ],
    [
      'an extension lifts EXPIRED',
      { ...vo, rules },
      standing({ member: 'EXPIRED', expires: '2026-01-01', rows: [over] }),
      { act: 'extend' },
      { write: { origin: 'manager', expires: '2027-11-22' }, lift: true },
    ],
    [
      'without rules a date that is over is dropped',
      vo,
      standing({ member: 'DISABLED', expires: '2026-01-01', rows: [over] }),
      { act: 'extend' },
      { write: { origin: 'manager', expires: null }, lift: true },
    ],
    [
      'a LoA may not be renewable',
      { ...vo, rules },
      standing({ loa: 1, expires: '2026-12-01', rows: [row('manager')] }),
      { act: 'extend' },
      'not-renewable',
    ],
    [
      'a LoA may be too low',
      { ...vo, rules },
      standing({ loa: 3, expires: '2026-12-01', rows: [row('manager')] }),
      { act: 'extend' },
      'loa-too-low',
    ],
    [
      'in a group the status of the row counts',
      { ...group, rules },
      standing({ expires: '2026-01-01', rows: [over] }),
      { act: 'extend' },
      { write: { origin: 'manager', expires: '2027-11-22' } },
    ],
    [
      'a new date stands in every row of managers',
      vo,
      standing({ rows: [row('manager')] }),
      { act: 'expires', expires: '2026-11-22' },
      { redate: '2026-11-22' },
    ],
    [
      'a new date lifts EXPIRED',
      vo,
      standing({ member: 'EXPIRED', rows: [over] }),
      { act: 'expires', expires: null },
      { redate: null, lift: true },
    ],
    [
      'a day of the past is a mistake',
      vo,
      standing({ rows: [row('manager')] }),
      { act: 'expires', expires: '2026-11-21' },
      'date-past',
    ],
    [
      'what git dates is dated in git',
      vo,
      standing({ rows: [declared] }),
      { act: 'expires', expires: null },
      'declared',
    ],
    [
      'disabling goes over everything',
      vo,
      standing({ member: 'EXPIRED', rows: [declared] }),
      { act: 'disable' },
      { disable: true },
    ],
    [
      'who is DISABLED is not disabled again',
      vo,
      standing({ member: 'DISABLED' }),
      { act: 'disable' },
      'already-disabled',
    ],
    ['enabling is for DISABLED', vo, standing({ member: 'EXPIRED' }), { act: 'enable' }, 'not-disabled'],
    ['anybody may leave', vo, standing({ rows: [declared] }), { act: 'leave' }, { disable: true }],
    ['a group that git fills is left in git', group, standing({ rows: [declared] }), { act: 'leave' }, 'declared'],
    [
      'nothing that git holds is deleted',
      vo,
      standing({ heldBy: ['group "astro/x" (a.yaml:1)'] }),
      { act: 'delete' },
      'declared',
    ],
    [
      'deleting ends everything',
      vo,
      standing({ member: 'DISABLED', rows: [row('sponsor')] }),
      { act: 'delete' },
      { endMember: true },
    ],
  ]

describe('acts on memberships', () => {
  // eslint-disable-next-line @typescript-eslint/max-params -- the columns of the table
  it.each(cases)('%s', (_, set, found, request, expected) => {
    const verdict = decideAct({ set, standing: found, request: { ...request, today } })

    if (typeof expected === 'string') expect(verdict).toMatchObject({ allowed: false, reason: expected })
    else expect(verdict).toEqual({ allowed: true, ...expected })
  })

  it('name every place that keeps a membership', () => {
    const found = standing({
      rows: [declared, row('sync', { originName: 'hr' })],
      heldBy: ['group "astro/x" (a.yaml:1)'],
    })

    expect(decideAct({ set: vo, standing: found, request: { act: 'delete', today } })).toMatchObject({
      message:
        'the membership is kept by VO "astro" (vo.yaml:12), VO "astro" (sync hr), group "astro/x" (a.yaml:1); change it there',
    })
  })
})
