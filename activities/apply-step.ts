import type { ScopeVerdict } from '../core/model/plan.ts'
import type { ApplyStep } from '../core/plan/apply-steps.ts'
import type { Desired } from '../core/model/state.ts'
import { scopeOf, type Scope } from '../core/model/scope.ts'
import type * as storeModule from '../store/index.ts'
import type { Tx } from '../store/index.ts'
import { planNow, type Planned, type PlannedStep, type PlanningDependencies } from './plan-run.ts'

type Store = PlanningDependencies['store'] &
  Pick<
    typeof storeModule,
    'applyChanges' | 'closeHold' | 'findHoldEnd' | 'lockScope' | 'openHold' | 'requireFence' | 'spendApproval'
  >

export interface ApplyDependencies extends PlanningDependencies {
  readonly store: Store
}

export interface ApplyInput extends PlannedStep {
  readonly run?: number
  readonly commit: string
  readonly epoch: number
  /** The same in every attempt. */
  readonly at: number
  /** Scopes that failed earlier in the run. */
  readonly failed?: readonly Scope[]
}

/** What the transaction did, and what the scope's hold, if there was or is one, has to hear. */
export interface StepResult {
  readonly kind: 'applied' | 'held' | 'nothing'
  readonly changes: number
  readonly hold?:
    | { readonly kind: 'kept' | 'opened' | 'replaced'; readonly digest: string; readonly at: number }
    | { readonly kind: 'closed'; readonly at: number }
}

/** Applies one scope of a commit, or holds it, in one fenced transaction, after planning again under lock. */
export async function applyStep(dependencies: ApplyDependencies, input: ApplyInput): Promise<StepResult> {
  const { pool, store, configuration, reached } = dependencies
  const desired = await configuration.read(input.commit)
  const result = await store.inTransaction(pool, async (tx) => {
    await store.requireFence(tx, input.scope, input.epoch)
    await store.lockScope(tx, input.scope)
    const planned = await planNow(tx, dependencies, { desired, at: input.at, failed: input.failed ?? [] })
    const done = await writeScope({ tx, dependencies, input, desired, planned })
    reached('apply.before-commit')
    return done
  })
  reached('apply.after-commit')
  return result
}

interface Writing {
  readonly tx: Tx
  readonly dependencies: ApplyDependencies
  readonly input: ApplyInput
  readonly desired: Desired
  readonly planned: Planned
}

async function writeScope(writing: Writing): Promise<StepResult> {
  const { input, planned } = writing
  const held = planned.decided.held.find(({ scope }) => scope === input.scope)
  if (held !== undefined) return holdScope(writing, held)
  const steps = planned.decided.apply.filter(({ scope }) => scope === input.scope)
  const step = steps.find(({ phase }) => phase === input.phase)
  // The instance's approval covers both halves, so it is spent, and its hold closed, with the last one.
  const isLast = steps.every(({ phase }) => phase === input.phase)
  const closedAt = isLast ? await settle(writing, step) : undefined
  // Nothing may be written after the changes: they end with the audit chain.
  if (step !== undefined) await write(writing, step)
  const kind = step === undefined ? 'nothing' : 'applied'
  const hold = closedAt === undefined ? {} : ({ hold: { kind: 'closed', at: closedAt.getTime() } } as const)
  return { kind, changes: step?.changes.length ?? 0, ...hold }
}

async function holdScope({ tx, dependencies, input }: Writing, verdict: ScopeVerdict): Promise<StepResult> {
  const { scope, commit, at } = input
  const { digest, reasons, losses } = verdict
  const held = { scope, digest, commit, reasons, losses, at: new Date(at) }
  const { kind, since } = await dependencies.store.openHold(tx, held)
  return { kind: 'held', changes: 0, hold: { kind, digest, at: since.getTime() } }
}

async function write({ tx, dependencies, input, planned }: Writing, step: ApplyStep): Promise<void> {
  const { scope, commit, epoch, phase, at } = input
  const losses = step.approval === undefined ? step.losses : []
  const cause = { commit, actor: `commit/${commit}` }
  await dependencies.store.applyChanges(tx, {
    ...{ scope, phase, changes: step.changes, losses, statuses: step.statuses, offers: planned.decided.offers },
    ...{ epoch, cause, asOf: new Date(at) },
  })
}

/**
 * Notes that the scope is at the commit, and ends the approval and the hold that stood in between; tells when the hold
 * was closed, also by an attempt before this one that could not report it. Whether the changes of a scope that is left
 * as it is, because it is frozen or faulty, would still be held is not known: its hold stays open.
 */
async function settle(
  { tx, dependencies, input, desired, planned }: Writing,
  step: ApplyStep | undefined,
): Promise<Date | undefined> {
  const { store } = dependencies
  const { scope, commit } = input
  const at = new Date(input.at)
  if (!planned.behind.has(scope)) {
    await store.setApplied(tx, { scope, commit, at })
    await store.updatePositions(
      tx,
      desired.objects.filter((object) => scopeOf(object) === scope),
    )
    await store.updateRowPositions(
      tx,
      desired.rows.filter(({ vo }) => scope === `vo:${vo}`),
    )
  }
  const approval = step?.approval
  if (approval !== undefined) await store.spendApproval(tx, { id: approval.id, at })
  const isOver = approval !== undefined || !planned.behind.has(scope)
  if (isOver) await store.closeHold(tx, { scope, outcome: approval === undefined ? 'voided' : 'approved', at })
  return store.findHoldEnd(tx, { scope, since: at })
}
