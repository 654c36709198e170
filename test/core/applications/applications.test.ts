import { describe, expect, it } from '@jest/globals'
import { after, nextDeadline, type Course } from '../../../core/applications/deadlines.ts'
import { decideFiling, type FilingStanding } from '../../../core/applications/filing.ts'
import { policyHash, type ApplicationPolicy } from '../../../core/applications/policy.ts'
import { stepsOf, tally, type Vote } from '../../../core/applications/votes.ts'
import type { ApprovalStep, FormSpec } from '../../../schemas/generated/config.ts'

describe('approvals', () => {
  const two: readonly ApprovalStep[] = [{ by: 'managers' }, { by: { group: 'board' }, quorum: 2 }]

  it.each<[string, readonly Vote[], ReturnType<typeof tally>]>([
    ['none', [], { kind: 'step', step: 0, approvals: 0, quorum: 1 }],
    ['one of the first step', [{ person: 1, step: 0 }], { kind: 'step', step: 1, approvals: 0, quorum: 2 }],
    [
      'one person in both steps',
      [
        { person: 1, step: 0 },
        { person: 1, step: 1 },
        { person: 2, step: 1 },
      ],
      { kind: 'step', step: 1, approvals: 1, quorum: 2 },
    ],
    [
      'one person twice',
      [
        { person: 1, step: 0 },
        { person: 2, step: 1 },
        { person: 2, step: 1 },
      ],
      { kind: 'step', step: 1, approvals: 1, quorum: 2 },
    ],
    [
      'three people',
      [
        { person: 1, step: 0 },
        { person: 2, step: 1 },
        { person: 3, step: 1 },
      ],
      { kind: 'complete' },
    ],
    ['of a later step before the first', [{ person: 2, step: 1 }], { kind: 'step', step: 0, approvals: 0, quorum: 1 }],
  ])('%s', (_, votes, expected) => {
    expect(tally(two, votes)).toEqual(expected)
  })

  it('are one of the managers where the form says nothing', () => {
    expect(stepsOf({})).toEqual([{ by: 'managers', quorum: 1 }])
  })
})

describe('deadlines', () => {
  const approval: FormSpec['approval'] = {
    steps: [{ by: 'managers', escalateAfter: 'P7D', escalateTo: { group: 'board' } }, { by: 'managers' }],
    remindAfter: 'P3D',
    rejectAfter: 'P30D',
  }
  const filedAt = new Date('2027-01-01T10:00:00Z')
  const course: Course = {
    ...{ since: filedAt, unverifiedSince: undefined, stepSince: filedAt, step: 0 },
    ...{ remindedAt: undefined, escalatedAt: undefined },
  }

  it.each<[string, Partial<Course>, ReturnType<typeof nextDeadline>]>([
    ['the first reminder', {}, { kind: 'remind', at: new Date('2027-01-04T10:00:00Z') }],
    [
      'the escalation, before the third reminder',
      { remindedAt: new Date('2027-01-07T10:00:00Z') },
      { kind: 'escalate', at: new Date('2027-01-08T10:00:00Z') },
    ],
    [
      'a reminder again once it was escalated',
      { remindedAt: new Date('2027-01-07T10:00:00Z'), escalatedAt: new Date('2027-01-08T10:00:00Z') },
      { kind: 'remind', at: new Date('2027-01-10T10:00:00Z') },
    ],
    [
      'the rejection, before what comes at the same moment',
      { remindedAt: new Date('2027-01-28T10:00:00Z'), escalatedAt: filedAt },
      { kind: 'reject', at: new Date('2027-01-31T10:00:00Z') },
    ],
    [
      'the rejection alone while nobody has to decide',
      { stepSince: undefined },
      { kind: 'reject', at: new Date('2027-01-31T10:00:00Z') },
    ],
  ])('%s', (_, changes, expected) => {
    expect(nextDeadline({ approval }, { ...course, ...changes })).toEqual(expected)
  })

  it('are none where the form says nothing', () => {
    expect(nextDeadline({}, course)).toBeUndefined()
  })

  it.each([
    ['2027-01-31T10:00:00Z', 'P1M', '2027-02-28T10:00:00Z'],
    ['2028-02-29T23:59:59Z', 'P1Y', '2029-02-28T23:59:59Z'],
    ['2027-03-27T10:00:00Z', 'P1DT2H3M4S', '2027-03-28T12:03:04Z'],
    ['2027-11-30T10:00:00Z', 'P3M1W', '2028-03-07T10:00:00Z'],
  ])('%s and %s make %s', (moment, duration, expected) => {
    expect(after(new Date(moment), duration)).toEqual(new Date(expected))
  })
})

describe('filing', () => {
  const standing: FilingStanding = {
    ...{ kind: 'initial', of: 'vo', member: undefined, inGroup: undefined },
    ...{ appliesForVo: false, hasOpen: false },
  }

  it.each<[Partial<FilingStanding>, string]>([
    [{}, 'now'],
    [{ member: 'VALID' }, 'already-member'],
    [{ member: 'INVALID' }, 'already-member'],
    [{ member: 'EXPIRED' }, 'now'],
    [{ member: 'DISABLED' }, 'now'],
    [{ hasOpen: true }, 'already-applied'],
    [{ kind: 'extension' }, 'not-a-member'],
    [{ kind: 'extension', member: 'VALID' }, 'now'],
    [{ kind: 'extension', member: 'DISABLED' }, 'now'],
    [{ of: 'group' }, 'vo-first'],
    [{ of: 'group', appliesForVo: true }, 'waits'],
    [{ of: 'group', member: 'EXPIRED' }, 'vo-first'],
    [{ of: 'group', member: 'EXPIRED', appliesForVo: true }, 'waits'],
    [{ of: 'group', member: 'INVALID' }, 'now'],
    [{ of: 'group', member: 'VALID', inGroup: 'VALID' }, 'already-member'],
    [{ of: 'group', member: 'VALID', inGroup: 'EXPIRED' }, 'now'],
    [{ of: 'group', kind: 'extension', member: 'VALID' }, 'not-a-member'],
    [{ of: 'group', kind: 'extension', member: 'VALID', inGroup: 'EXPIRED' }, 'now'],
  ])('%j: %s', (changes, expected) => {
    const verdict = decideFiling({ ...standing, ...changes })

    expect(verdict.allowed ? (verdict.waits ? 'waits' : 'now') : verdict.reason).toBe(expected)
  })
})

describe('what an application is decided under', () => {
  const policy: ApplicationPolicy = {
    form: { for: 'initial', items: [{ name: 'why', type: 'text' }] },
    terms: { version: '1', sha256: 'a' },
    requires: { loa: [2] },
    expiration: { extendBy: 'P1Y' },
  }

  it.each<[string, Partial<ApplicationPolicy>]>([
    ['the form', { form: { for: 'initial', items: [{ name: 'why', type: 'area' }] } }],
    ['the version of the terms', { terms: { version: '2', sha256: 'a' } }],
    ['the text of the terms', { terms: { version: '1', sha256: 'b' } }],
    ['what the VO requires', { requires: { loa: [1, 2] } }],
    ['how long it lasts', { expiration: undefined }],
  ])('is another when %s changes', (_, changes) => {
    expect(policyHash({ ...policy, ...changes })).not.toBe(policyHash(policy))
  })

  it('is the same whatever the order of its keys', () => {
    const form: FormSpec = { items: [{ type: 'text', name: 'why' }], for: 'initial' }

    expect(policyHash({ ...policy, form })).toBe(policyHash(policy))
  })
})
