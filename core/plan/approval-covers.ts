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

/** Tells whether an approval is for what a run of a source does: the very same, with nothing wrong that was not seen. */
export function approvalCoversRun(approval: Approved, run: Omit<ScopeVerdict, 'verdict'>): boolean {
  return approval.digest === run.digest && approvalCovers(approval, run)
}

type Approved = Pick<Approval, 'scope' | 'digest' | 'losses' | 'reasons'>

const countsLosses: ReadonlySet<string> = new Set(['removes-too-many', 'becomes-empty'])

function keyOf({ set, user }: Loss): string {
  return `${subjectOf(set)} ${user}`
}
