import { describe, expect, it } from '@jest/globals'
import { isRowChange } from '../../../core/plan/order-changes.ts'
import { planChanges } from '../../../core/plan/plan-changes.ts'
import { renderText } from '../../../core/plan/render-text.ts'
import type { Plan } from '../../../core/model/plan.ts'
import type { State } from '../../../core/model/state.ts'
import {
  anyValueFits,
  desire,
  facility,
  group,
  inForce,
  instance,
  resource,
  source,
  vo,
  type Document,
  type Member,
} from '../../support/builders.ts'
import { asOf, plan } from '../../support/plan.ts'

// These tests plan at noon of 2027-01-10, UTC.
const [past, today, tomorrow] = ['2026-12-31', '2027-01-10', '2027-01-11']
const ada = 'idp/ada'

function world(members: readonly Member[], timeZone?: string): Document[] {
  return [
    ...[instance(), source('idp'), facility('hpc')],
    vo('astro', timeZone === undefined ? {} : { timeZone }),
    group('astro/board', { members }),
    resource('astro/cluster', { groups: ['board'] }),
  ]
}

function rowsOf({ changes }: Plan): object[] {
  return changes.filter(isRowChange).map(({ action, user, expires }) => ({ action, user, expires }))
}

function gist(planned: Plan): object {
  const { statuses, impact, findings } = planned
  return {
    rows: rowsOf(planned),
    statuses: statuses.map(({ user, status }) => `${user} ${status}`),
    access: [...impact.gained.map(({ user }) => `+${user}`), ...impact.lost.map(({ user }) => `-${user}`)],
    findings: findings.map(({ code, at }) => `${code} line ${at?.line ?? 0}`),
  }
}

/** In force, the one person with this status and the row as it would be with it. */
function standing(members: readonly Member[], status: 'EXPIRED' | 'DISABLED', byPerson = false): State {
  const state = inForce(...world(members))
  return {
    ...state,
    rows: state.rows.map((row) => ({ ...row, status: 'EXPIRED' as const })),
    members: state.members.map((member) => ({ ...member, status, ...(byPerson ? { endedByPerson: true } : {}) })),
  }
}

describe('a date of a membership', () => {
  it('comes with the row, and gives access until its day', () => {
    const planned = plan(inForce(...world([])), desire(...world([{ user: ada, expires: tomorrow }])))

    expect(gist(planned)).toEqual({
      rows: [{ action: 'add', user: ada, expires: { before: null, after: tomorrow } }],
      statuses: [],
      access: [`+${ada}`],
      findings: [],
    })
    expect(renderText(planned)).toContain(`+ GroupMember astro/board ${ada} (until ${tomorrow})`)
  })

  it.each([past, today])('makes the membership EXPIRED from the start on %s, with a warning at its line', (expires) => {
    expect(gist(plan(inForce(...world([])), desire(...world([{ user: ada, expires }]))))).toEqual({
      rows: [{ action: 'add', user: ada, expires: { before: null, after: expires } }],
      statuses: [`${ada} EXPIRED`],
      access: [],
      findings: ['date-past line 2'],
    })
  })

  it('is over when its day begins in the time zone of the VO', () => {
    const member = { user: ada, expires: tomorrow }
    const statusIn = (zone: string) => {
      const [before, after] = [world([], zone), world([member], zone)]
      return plan(inForce(...before), desire(...after)).statuses.map(({ status }) => status)
    }

    expect([statusIn('UTC'), statusIn('Pacific/Kiritimati'), statusIn('Pacific/Niue')]).toEqual([[], ['EXPIRED'], []])
  })

  it('counts in the time zone of the instance where the VO has none', () => {
    const ofInstance = (documents: readonly Document[]) => [
      instance({ timeZone: 'Pacific/Kiritimati' }),
      ...documents.slice(1),
    ]
    const planned = plan(
      inForce(...ofInstance(world([]))),
      desire(...ofInstance(world([{ user: ada, expires: tomorrow }]))),
    )

    expect(planned.statuses).toEqual([{ vo: 'astro', user: ada, status: 'EXPIRED' }])
  })

  it.each([
    ['is given', { from: undefined, to: tomorrow }],
    ['is moved', { from: tomorrow, to: '2027-03-01' }],
    ['is taken away', { from: tomorrow, to: undefined }],
  ])('that %s changes the row and nothing else', (_, { from, to }) => {
    const member = (expires: string | undefined): Member => (expires === undefined ? ada : { user: ada, expires })

    expect(gist(plan(inForce(...world([member(from)])), desire(...world([member(to)]))))).toEqual({
      rows: [{ action: 'change', user: ada, expires: { before: from ?? null, after: to ?? null } }],
      statuses: [],
      access: [],
      findings: [],
    })
  })

  it('moved into the past takes the access, which the guard counts', () => {
    const planned = plan(inForce(...world([ada])), desire(...world([{ user: ada, expires: past }])))

    expect(gist(planned)).toMatchObject({ statuses: [`${ada} EXPIRED`], access: [`-${ada}`] })
    expect(planned.guard.scopes.map(({ verdict, reasons }) => [verdict, reasons.map(({ code }) => code)])).toEqual([
      ['held', ['becomes-empty', 'becomes-empty', 'becomes-empty', 'becomes-empty']],
    ])
  })

  it('that comes within a week is judged by the guard as if it had come, and takes nothing yet', () => {
    const many = Array.from({ length: 12 }, (_, index) => `idp/u${index}`)
    const ending = (count: number, expires: string) =>
      plan(
        inForce(...world(many)),
        desire(...world(many.map((user, index) => (index < count ? { user, expires } : user)))),
      )
    const reasonsOf = (planned: Plan) =>
      planned.guard.scopes.flatMap(({ reasons }) =>
        reasons.map(({ code, removed, base }) => `${code} ${removed} of ${base}`),
      )

    const soon = ending(4, '2027-01-17')
    expect(new Set(reasonsOf(soon))).toEqual(new Set(['removes-too-many 4 of 12']))
    expect(soon.impact.lost).toEqual([])
    expect(reasonsOf(ending(3, '2027-01-17'))).toEqual([])
    expect(reasonsOf(ending(4, '2027-01-18'))).toEqual([])
  })

  it('that comes within a week does not hide from the guard how many come', () => {
    const few = Array.from({ length: 50 }, (_, index) => `idp/u${index}`)
    const guests = Array.from({ length: 101 }, (_, index) => ({ user: `idp/guest${index}`, expires: '2027-01-13' }))

    const { guard } = plan(inForce(...world(few)), desire(...world([...few, ...guests])))

    const codes = guard.scopes.flatMap(({ reasons }) => reasons.map(({ code, subject }) => `${code} ${subject}`))
    expect(codes).toContain('adds-too-many group astro/board')
  })

  it('moved into the future lifts EXPIRED, and DISABLED where no person set it', () => {
    const before = [{ user: ada, expires: past }]
    const after = desire(...world([{ user: ada, expires: tomorrow }]))
    const statusAfter = (state: State) => plan(state, after).statuses.map(({ status }) => status)

    expect(statusAfter(standing(before, 'EXPIRED'))).toEqual(['VALID'])
    expect(statusAfter(standing(before, 'DISABLED'))).toEqual(['VALID'])
    expect(statusAfter(standing(before, 'DISABLED', true))).toEqual([])
    expect(statusAfter(standing(before, 'EXPIRED', true))).toEqual(['VALID'])
  })

  it('of one row does not end what another holds', () => {
    const two = (expires: string) => [
      ...world([{ user: ada, expires }]),
      group('astro/other', { members: [ada] }),
      resource('astro/store', { groups: ['other'] }),
    ]
    const planned = plan(inForce(...two(tomorrow)), desire(...two(past)))

    expect(planned.statuses).toEqual([])
    expect(planned.impact.lost.map(({ resource: name }) => name)).toEqual(['cluster'])
  })

  it('once over keeps who has lost the other row EXPIRED', () => {
    const groups = (others: readonly Member[]) => [
      ...world([{ user: ada, expires: past }]),
      group('astro/other', { members: others }),
    ]
    const state = inForce(...groups([ada]))
    const rows = state.rows.map((row) => (row.expires === undefined ? row : { ...row, status: 'EXPIRED' as const }))

    expect(plan({ ...state, rows }, desire(...groups([]))).statuses).toEqual([
      { vo: 'astro', user: ada, status: 'EXPIRED' },
    ])
  })

  it('is part of the digest, and the same date again is no change', () => {
    const digest = (expires: string) =>
      plan(inForce(...world([ada])), desire(...world([{ user: ada, expires }]))).guard.scopes[0]?.digest

    expect(new Set([digest('2027-02-01'), digest('2027-02-02'), digest('2027-02-01')]).size).toBe(2)
    const dated = world([{ user: ada, expires: past }])
    expect(plan(inForce(...dated), desire(...dated)).changes).toEqual([])
  })

  it('stays what it is in a scope that is kept', () => {
    const [before, after] = [world([{ user: ada, expires: tomorrow }]), world([ada])]
    const kept = planChanges(inForce(...before), desire(...after), {
      ...{ compileSchema: anyValueFits, asOf },
      kept: ['vo:astro'],
    })

    expect(kept.changes).toEqual([])
  })
})
