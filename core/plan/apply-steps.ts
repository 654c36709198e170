import type { Approval } from '../model/approval.ts'
import { groupBy } from '../model/group-by.ts'
import type { Change, Plan, ScopeVerdict } from '../model/plan.ts'
import type { Scope } from '../model/scope.ts'
import { comesLast } from './order-changes.ts'

/** One transaction of the apply: what happens in one scope; the instance has a second one for its removals. */
export interface ApplyStep {
  readonly scope: Scope
  readonly phase: 'main' | 'removals'
  readonly changes: readonly Change[]
  readonly losses: ScopeVerdict['losses']
  readonly statuses: Plan['statuses']
  readonly waiting: Plan['waiting']
  /** The approval that lets the scope through, spent in the same transaction. */
  readonly approval?: Approval
}

/** What decides how a plan is cut into transactions. */
export interface StepInput {
  readonly spent: ReadonlyMap<Scope, Approval>
  /** Scopes that are held, frozen or bad. */
  readonly still: ReadonlySet<Scope>
}

/** Cuts a plan into transactions, in the order of application. */
export function applySteps(plan: Plan, { spent, still }: StepInput): ApplyStep[] {
  const changes = groupBy(plan.changes, ({ scope }) => scope)
  const statuses = groupBy(plan.statuses, settlingScope(new Set(changes.keys())))
  const instance = changes.get('instance') ?? []
  const settledAlone = [...statuses.keys()].filter((scope) => !changes.has(scope) && !still.has(scope))
  const vos = [...changes.keys(), ...settledAlone].filter((scope) => scope !== 'instance')
  const steps = [
    ...cut(
      'instance',
      'main',
      instance.filter((change) => !comesLast(change)),
    ),
    ...vos.map((scope) => ({ scope, phase: 'main' as const, changes: changes.get(scope) ?? [] })),
    ...cut('instance', 'removals', instance.filter(comesLast)),
  ]
  const losses = new Map(plan.guard.scopes.map((verdict) => [verdict.scope, verdict.losses]))
  const approvals = new Map(spent)
  return steps.map((step): ApplyStep => {
    const { scope } = step
    const approval = approvals.get(scope)
    const settled = { statuses: statuses.get(scope) ?? [], losses: losses.get(scope) ?? [] }
    for (const given of [statuses, losses, approvals]) given.delete(scope)
    return { ...step, ...settled, waiting: plan.waiting, ...(approval === undefined ? {} : { approval }) }
  })
}

function cut(
  scope: Scope,
  phase: ApplyStep['phase'],
  changes: readonly Change[],
): Pick<ApplyStep, 'scope' | 'phase' | 'changes'>[] {
  return changes.length === 0 ? [] : [{ scope, phase, changes }]
}

/**
 * Statuses are those of the end, so a VO's are settled where nothing of its own is to come: in its own step, else in the
 * instance's, whose change may be the reason; else alone. Whatever stops a run in between, planning again finds what is
 * left: from a pending change, or because somebody is INVALID.
 */
function settlingScope(changing: ReadonlySet<Scope>): (change: Plan['statuses'][number]) => Scope {
  return ({ vo }) => {
    const own: Scope = `vo:${vo}`
    return changing.has(own) || !changing.has('instance') ? own : 'instance'
  }
}
