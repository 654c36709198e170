import type { Scope } from '../core/model/scope.ts'
import type { Planned, PlannedStep } from './plan-run.ts'

/** What a plan was made from, and what it says. */
interface RememberedPlan {
  readonly epoch: number
  /** The audit chain's last link at the time: whoever writes what a plan depends on adds one. */
  readonly link: number
  readonly failed: readonly Scope[]
  readonly planned: Planned
}

/** The newest plan of this process, so that a run with many scopes loads and compares everything once and not once a scope. */
export interface PlanMemory {
  keep(plan: RememberedPlan): void
  forget(): void
  /** The plan, where planning now would find the same for the step; one that is held is always looked at again. */
  recall(step: PlannedStep, asked: Omit<RememberedPlan, 'planned'>): Planned | undefined
}

export function createPlanMemory(): PlanMemory {
  let newest: RememberedPlan | undefined
  return {
    keep: (plan) => void (newest = plan),
    forget: () => void (newest = undefined),
    recall: ({ scope, phase }, asked) => {
      // An approval of the instance is spent with its last half, which a plan made before the first does not tell.
      if (newest === undefined || phase === 'removals' || !isSame(newest, asked)) return undefined
      return newest.planned.decided.held.some((held) => held.scope === scope) ? undefined : newest.planned
    },
  }
}

function isSame(kept: RememberedPlan, asked: Omit<RememberedPlan, 'planned'>): boolean {
  return kept.epoch === asked.epoch && kept.link === asked.link && String(kept.failed) === String(asked.failed)
}

/** The same plan once a step of it is done. */
export function withoutStep({ decided, behind }: Planned, { scope, phase }: PlannedStep): Planned {
  const apply = decided.apply.filter((step) => step.scope !== scope || step.phase !== phase)
  return { decided: { ...decided, apply }, behind }
}
