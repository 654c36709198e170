import type { Plan } from '../model/plan.ts'

/** Tells how the command ends: 1 an error, 3 something is held, 2 something changes, 0 nothing to do. */
export function exitCode({ findings, guard, changes }: Pick<Plan, 'findings' | 'guard' | 'changes'>): 0 | 1 | 2 | 3 {
  if (findings.some(({ severity }) => severity === 'error')) return 1
  if (guard.verdict === 'held') return 3
  return changes.length > 0 ? 2 : 0
}
