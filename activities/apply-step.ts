import type { Change, ScopeVerdict } from '../core/model/plan.ts'
import type { ApplyStep } from '../core/plan/apply-steps.ts'
import type { Desired } from '../core/model/state.ts'
import { scopeOf, voOfScope, type Scope } from '../core/model/scope.ts'
import type * as storeModule from '../store/index.ts'
import type { Tx } from '../store/index.ts'
import { askWhoLackedGroups, type AskDependencies } from './ask-who-lacked-groups.ts'
import { withoutStep } from './plan-memory.ts'
import { planNow, type Planned, type PlannedStep, type PlanningDependencies } from './plan-run.ts'

type Store = PlanningDependencies['store'] &
  Pick<
    typeof storeModule,
    | 'applyChanges'
    | 'closeHold'
    | 'findHoldEnd'
    | 'listSyncsLackingGroups'
    | 'lockScope'
    | 'openHold'
    | 'requireFence'
    | 'spendApproval'
  >

export interface ApplyDependencies extends PlanningDependencies {
  readonly store: Store
  readonly workflows: AskDependencies['workflows']
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

/** What a transaction did, with the link that it added to the audit chain, where it changed the scope. */
interface Written {
  readonly result: StepResult
  readonly link?: number
}

/**
 * Applies one scope of a commit, or holds it, in one fenced transaction, after planning again under lock, unless nothing
 * but this run has written since it planned.
 */
export async function applyStep(dependencies: ApplyDependencies, input: ApplyInput): Promise<StepResult> {
  const { pool, store, configuration, reached, memory } = dependencies
  const vo = voOfScope(input.scope)
  const { epoch, failed = [] } = input
  const desired = await configuration.read(input.commit)
  const { written, end, planned } = await store.inTransaction(pool, async (tx) => {
    await store.requireFence(tx, input.scope, epoch)
    await store.lockScope(tx, input.scope)
    const found = await store.readChainEnd(tx)
    const kept = memory.recall(input, { epoch, link: found, failed })
    const plan = kept ?? (await planNow(tx, dependencies, { desired, at: input.at, failed }))
    const done = await writeScope({ tx, dependencies, input, desired, planned: plan })
    reached('apply.before-commit')
    return { written: done, end: found, planned: plan }
  })
  // With another's link in between, what is left of the plan may no longer be true.
  if (written.link === end + 1) memory.keep({ epoch, link: written.link, failed, planned: withoutStep(planned, input) })
  reached('apply.after-commit')
  if (vo !== undefined && mayHaveMadeGroups(written.result, planned, input))
    await askWhoLackedGroups(dependencies, { vo })
  return written.result
}

/** An attempt that finds nothing to do may be the one after that which made them. */
function mayHaveMadeGroups({ kind }: StepResult, { decided }: Planned, { scope, phase }: ApplyInput): boolean {
  if (kind !== 'applied') return kind === 'nothing'
  const step = decided.apply.find((one) => one.scope === scope && one.phase === phase)
  return step?.changes.some(isGroupMade) ?? false
}

/** Whether a group is there by it that was not, or not by this name. */
function isGroupMade({ kind, action }: Change): boolean {
  return kind === 'Group' && (action === 'add' || action === 'move')
}

interface Writing {
  readonly tx: Tx
  readonly dependencies: ApplyDependencies
  readonly input: ApplyInput
  readonly desired: Desired
  readonly planned: Planned
}

async function writeScope(writing: Writing): Promise<Written> {
  const { input, planned } = writing
  const held = planned.decided.held.find(({ scope }) => scope === input.scope)
  if (held !== undefined) return { result: await holdScope(writing, held) }
  const steps = planned.decided.apply.filter(({ scope }) => scope === input.scope)
  const step = steps.find(({ phase }) => phase === input.phase)
  // The instance's approval covers both halves, so it is spent, and its hold closed, with the last one.
  const isLast = steps.every(({ phase }) => phase === input.phase)
  const closedAt = isLast ? await settle(writing, step) : undefined
  // Nothing may be written after the changes: they end with the audit chain.
  const link = step === undefined ? undefined : await write(writing, step)
  const kind = step === undefined ? 'nothing' : 'applied'
  const hold = closedAt === undefined ? {} : ({ hold: { kind: 'closed', at: closedAt.getTime() } } as const)
  return { result: { kind, changes: step?.changes.length ?? 0, ...hold }, ...(link === undefined ? {} : { link }) }
}

async function holdScope({ tx, dependencies, input }: Writing, verdict: ScopeVerdict): Promise<StepResult> {
  const { scope, commit, at } = input
  const { digest, reasons, losses } = verdict
  const held = { scope, digest, commit, reasons, losses, at: new Date(at) }
  const { kind, since } = await dependencies.store.openHold(tx, held)
  return { kind: 'held', changes: 0, hold: { kind, digest, at: since.getTime() } }
}

async function write({ tx, dependencies, input, planned }: Writing, step: ApplyStep): Promise<number | undefined> {
  const { scope, commit, epoch, phase, at } = input
  const losses = step.approval === undefined ? step.losses : []
  const cause = { commit, actor: `commit/${commit}` }
  return dependencies.store.applyChanges(tx, {
    ...{
      scope,
      phase,
      changes: step.changes,
      losses,
      statuses: step.statuses,
      waiting: step.waiting,
      offers: planned.decided.offers,
    },
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
  const own = desired.objects.filter((object) => scopeOf(object) === scope)
  // A VO that is gone stands nowhere.
  if (!planned.behind.has(scope) && (scope === 'instance' || own.length > 0)) {
    await store.setApplied(tx, { scope, commit, at })
    await store.updatePositions(tx, own)
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
