import { describe, expect, it } from '@jest/globals'
import { judgeDecision, type DecisionQuestion, type ReviewerStanding } from '../../../core/reviews/decision.ts'
import { outcomeOfRow, type RowOutcome } from '../../../core/reviews/outcome.ts'
import { lengthMs } from '../../../core/reviews/schedule.ts'
import { unifiedDiff } from '../../../core/reviews/unified-diff.ts'

const manager = { role: 'managers', onlyGuests: false }
const sponsor = { role: 'sponsors', onlyGuests: true }
const plain: ReviewerStanding = { roles: [manager], isOneself: false, isOwner: false, answersFor: false }

function word(reviewer: Partial<ReviewerStanding> | undefined, more: Partial<DecisionQuestion> = {}): string {
  const question = { decision: 'keep', isGuest: false, isSponsor: false, ...more } as const
  const verdict = judgeDecision({
    ...question,
    reviewer: reviewer === undefined ? undefined : { ...plain, ...reviewer },
  })
  return verdict.allowed ? verdict.role : verdict.reason
}

describe('who may decide in a review', () => {
  it.each([
    ['a manager', word({}), 'managers'],
    ['nobody in particular', word({ roles: [] }), 'not-eligible'],
    ['somebody about themselves', word({ isOneself: true }), 'own-review'],
    ['an owner about their account', word({ isOwner: true }), 'own-account'],
    ['a manager about a guest of their own', word({ answersFor: true }), 'own-guest'],
    ['a sponsor about a guest of their own', word({ roles: [sponsor], answersFor: true }), 'sponsors'],
    ['a sponsor about others', word({ roles: [sponsor] }), 'not-eligible'],
    ['who is both, as a sponsor', word({ roles: [manager, sponsor], answersFor: true }), 'sponsors'],
    ['who is both, about others', word({ roles: [sponsor, manager] }), 'managers'],
    ['the system', word(undefined), 'operator'],
    ['a transfer of no guest', word({}, { decision: 'transfer' }), 'not-a-guest'],
    ['a transfer to no sponsor', word({}, { decision: 'transfer', isGuest: true }), 'not-a-sponsor'],
    ['a transfer', word({}, { decision: 'transfer', isGuest: true, isSponsor: true }), 'managers'],
  ])('%s: %s', (_, told, expected) => {
    expect(told).toBe(expected)
  })
})

describe('what comes of a row', () => {
  it.each([
    ['keep', 'manager', 'kept'],
    ['remove', 'application', 'removed'],
    ['remove', 'manager', 'removed'],
    ['remove', 'sponsor', 'removed'],
    ['remove', 'config', 'unresolved'],
    ['remove', 'sync', 'unresolved'],
    ['remove', 'rule', 'unresolved'],
    ['transfer', 'sponsor', 'transferred'],
    ['transfer', 'manager', 'kept'],
  ] as const)('%s of a row of %s: %s', (decided, origin, outcome: RowOutcome) => {
    expect(outcomeOfRow(decided, { origin, stands: true, isWithin: true })).toBe(outcome)
    expect(outcomeOfRow(decided, { origin, stands: false, isWithin: true })).toBe('ended')
  })

  it('leaves rows of an included group to that group', () => {
    expect(outcomeOfRow('remove', { origin: 'manager', stands: true, isWithin: false })).toBe('unresolved')
  })
})

describe('a length of time', () => {
  it.each([
    ['P7D', 604_800_000],
    ['P1W', 604_800_000],
    ['PT1H30M', 5_400_000],
    ['P', undefined],
    ['P1M', undefined],
    ['7D', undefined],
  ])('%s has so many milliseconds: %s', (text, ms) => {
    expect(lengthMs(text)).toBe(ms)
  })
})

describe('a diff', () => {
  it('is empty where nothing changes, and has the lines around a change', () => {
    const lines = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i']
    const before = `${lines.join('\n')}\n`

    expect(unifiedDiff({ path: 'x', before, after: before })).toBe('')
    expect(unifiedDiff({ path: 'x', before, after: before.replace('e\n', '') })).toBe(
      'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -2,7 +2,6 @@\n b\n c\n d\n-e\n f\n g\n h\n',
    )
  })
})
