import type { Approval } from '../model/approval.ts'
import type { Loss, ScopeVerdict } from '../model/plan.ts'
import { subjectOf } from './judge-set.ts'

/** Tells whether an approval still stands for a held scope: nobody loses more, and nothing else is wrong, than was approved. */
export function approvalCovers(
  approval: Pick<Approval, 'scope' | 'losses' | 'reasons'>,
  verdict: Pick<ScopeVerdict, 'scope' | 'losses' | 'reasons'>,
): boolean {
  if (approval.scope !== verdict.scope) return false
  const losses = new Set(approval.losses.map(keyOf))
  const reasons = new Set(approval.reasons.map(({ code, subject }) => `${code} ${subject}`))
  return (
    verdict.losses.every((loss) => losses.has(keyOf(loss))) &&
    verdict.reasons.every(({ code, subject }) => countsLosses.has(code) || reasons.has(`${code} ${subject}`))
  )
}

/**
 * Tells whether an approval still stands for a run of a source: it would do the same, or takes nothing from anybody else, and what else
 * is wrong with the read is no worse. Additions are the same only where all is.
 */
export function approvalCoversRun(approval: Approved, run: Omit<ScopeVerdict, 'verdict'>): boolean {
  if (approval.digest === run.digest) return true
  const removed = new Map(
    approval.reasons.map(({ code, subject, removed: people = 0 }) => [`${code} ${subject}`, people]),
  )
  return (
    approvalCovers(approval, run) &&
    run.reasons.every(
      ({ code, subject, removed: people = 0 }) =>
        countsLosses.has(code) || (code !== 'adds-too-many' && people <= (removed.get(`${code} ${subject}`) ?? -1)),
    )
  )
}

type Approved = Pick<Approval, 'scope' | 'digest' | 'losses' | 'reasons'>

const countsLosses: ReadonlySet<string> = new Set(['removes-too-many', 'becomes-empty'])

function keyOf({ set, user }: Loss): string {
  return `${subjectOf(set)} ${user}`
}
