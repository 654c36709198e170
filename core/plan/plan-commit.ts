import { approvalLastsMs, type Approval } from '../model/approval.ts'
import type { Plan, ScopeVerdict } from '../model/plan.ts'
import type { Scope } from '../model/scope.ts'
import type { Desired, State } from '../model/state.ts'
import { approvalCovers } from './approval-covers.ts'
import { applySteps, type ApplyStep } from './apply-steps.ts'
import { badScopes } from './keep-scopes.ts'
import { planChanges, type PlanOptions } from './plan-changes.ts'

/** What decides how much of a commit is applied. */
export interface CommitInput {
  readonly state: State
  readonly desired: Desired
  readonly compileSchema: PlanOptions['compileSchema']
  readonly frozen: readonly Scope[]
  /** Approvals not spent yet. */
  readonly approvals: readonly Approval[]
  readonly asOf: Date
}

/** What becomes of a commit. */
export interface CommitPlan {
  /** Everything the commit asks for, as shown to people. */
  readonly plan: Plan
  /** What is applied now, in this order. */
  readonly apply: readonly ApplyStep[]
  /** Whether resources lie within their offers after what is applied now. */
  readonly offers: Plan['offers']
  readonly held: readonly ScopeVerdict[]
  readonly bad: readonly Scope[]
}

/** Plans a commit, then plans again without the scopes that are held, frozen or bad, until the rest stands by itself. */
export function planCommit(input: CommitInput): CommitPlan {
  const plan = planChanges(input.state, input.desired, input)
  const settled = settle(input, input.frozen.length === 0 ? plan : undefined)
  const spent = new Map<Scope, Approval>()
  for (const verdict of settled.plan.guard.scopes) {
    const approval = verdict.verdict === 'held' ? findApproval(input, verdict) : undefined
    if (approval !== undefined) spent.set(verdict.scope, approval)
  }
  const bad = badScopes([...plan.findings, ...settled.plan.findings])
  return {
    plan,
    apply: applySteps(settled.plan, { spent, still: new Set([...input.frozen, ...settled.held.keys(), ...bad]) }),
    offers: settled.plan.offers,
    held: [...settled.held.values()],
    bad,
  }
}

/** The part of a commit that may pass, and the verdicts on the scopes that may not. */
interface Settled {
  readonly plan: Plan
  readonly held: ReadonlyMap<Scope, ScopeVerdict>
}

/** Keeps every held scope as it is and plans again, until what is left holds nothing more; a plan of everything saves the first round. */
function settle(input: CommitInput, whole: Plan | undefined): Settled {
  const held = new Map<Scope, ScopeVerdict>()
  for (;;) {
    const kept = [...input.frozen, ...held.keys()]
    const { compileSchema, asOf } = input
    const plan =
      (kept.length === 0 ? whole : undefined) ?? planChanges(input.state, input.desired, { compileSchema, asOf, kept })
    const tripped = plan.guard.scopes.filter(
      (verdict) => verdict.verdict === 'held' && findApproval(input, verdict) === undefined,
    )
    if (tripped.length === 0) return { plan, held }
    for (const verdict of tripped) held.set(verdict.scope, verdict)
  }
}

function findApproval({ approvals, asOf }: CommitInput, verdict: ScopeVerdict): Approval | undefined {
  return approvals.find(
    (approval) => approval.at.getTime() > asOf.getTime() - approvalLastsMs && approvalCovers(approval, verdict),
  )
}
