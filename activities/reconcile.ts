import type { Finding } from '../core/model/finding.ts'
import type { Scope } from '../core/model/scope.ts'
import type { ReconcileOutcome, ScopeFailure } from '../workflows/reconcile/messages.ts'
import { applyStep, type ApplyInput, type StepResult } from './apply-step.ts'
import { asActivity, asDiscreetActivity, type AttemptFailure } from './border.ts'
import { keepSyncs, type KeepSyncsDependencies } from './keep-syncs.ts'
import { createPlanMemory } from './plan-memory.ts'
import { planRun, type PlanningDependencies } from './plan-run.ts'
import type { WorkflowStarter } from './workflow-starter.ts'
import type * as storeModule from '../store/index.ts'

type Store = Pick<
  typeof storeModule,
  | 'applyChanges'
  | 'closeHold'
  | 'findHoldEnd'
  | 'finishRun'
  | 'listSyncsLackingGroups'
  | 'lockScope'
  | 'noteFinding'
  | 'openHold'
  | 'readLastCommit'
  | 'readPin'
  | 'recordRun'
  | 'spendApproval'
>

export interface ReconcileDependencies extends Omit<PlanningDependencies, 'memory'> {
  readonly store: PlanningDependencies['store'] & KeepSyncsDependencies['store'] & Store
  readonly workflows: KeepSyncsDependencies['workflows'] & Pick<WorkflowStarter, 'hold' | 'voidHold'>
  /** Wakes the relay of this process. */
  readonly nudge: () => void
  /** Told how each run ended. */
  readonly onRun: (outcome: ReconcileOutcome['kind']) => void
  /** Told of each attempt that failed: of the message itself nothing else than the run's findings may know. */
  readonly onFailure: (failure: FailedAttempt) => void
}

interface FailedAttempt extends AttemptFailure {
  readonly commit?: string
  readonly scope?: Scope
}

export type FetchResult =
  | { readonly kind: 'fetched'; readonly commit: string }
  | { readonly kind: 'refused'; readonly commit: string; readonly reason: string }

interface AnnounceInput {
  readonly instance: string
  readonly scope: Scope
  readonly hold: NonNullable<StepResult['hold']>
}

interface FinishInput {
  readonly run: number
  readonly commit: string
  readonly outcome: ReconcileOutcome['kind']
  readonly at: number
  readonly failures?: readonly ScopeFailure[]
}

interface FailureInput {
  readonly run?: number
  readonly commit?: string
  readonly code: string
  /** When what failed was begun. */
  readonly at: number
}

export type ReconcileActivities = ReturnType<typeof createReconcileActivities>

/** Builds what `reconcile/<instance>` calls. */
export function createReconcileActivities(dependencies: ReconcileDependencies) {
  const memory = createPlanMemory()
  const planning = { ...dependencies, memory }
  return {
    /** Updates the mirror and names the commit to bring into force; reading twice changes nothing. */
    fetchConfiguration: asDiscreetActivity(
      async ({ at }: { at: number }, { signal }) => fetchHead(dependencies, { at, signal }),
      async (input, failure) => noteRun(dependencies, input, failure),
    ),

    /** Plans the commit and notes the scopes that are there already; repeated, it is the same run with a newer epoch. */
    planConfiguration: asDiscreetActivity(
      async (input: { commit: string; at: number }) => planRun(planning, input),
      async (input, failure) => noteRun(dependencies, input, failure),
    ),

    /** Applies one scope in one fenced transaction, planned again under lock; done already, it finds nothing to do. */
    applyScope: asDiscreetActivity(
      async (input: ApplyInput) => applyStep(planning, input),
      async (input, failure) => noteScope(dependencies, input, failure),
    ),

    /** Makes the hold's workflow agree with its row; each message names what it is about, so hearing it twice is harmless. */
    announceHold: asActivity(async (input: AnnounceInput) => announce(dependencies, input)),

    /** Brings Schedules to the documents in force and closes the run's row; closing it again writes the same. */
    finishReconcile: asActivity(async (input: FinishInput) => {
      memory.forget()
      await keepSyncs(dependencies, async (commit, path) => dependencies.configuration.readFile(commit, path))
      await finish(dependencies, input)
    }),

    /** Ends the row of a run that failed, or leaves one that says why nothing was done; what it says already stays. */
    recordFailure: asActivity(async (input: FailureInput) => recordFailure(dependencies, input)),
  }
}

/** Keeps the whole message of an attempt that was the last one, where the workflow is told no more than the code. */
async function noteRun(
  { pool, store, onFailure }: ReconcileDependencies,
  { commit, at }: { readonly commit?: string; readonly at: number },
  failure: AttemptFailure,
): Promise<void> {
  onFailure({ ...failure, ...(commit === undefined ? {} : { commit }) })
  if (!failure.isFinal) return
  const findings = [failedFinding(`${failure.code}: ${failure.message}`)]
  await store.recordRun(pool, { commit: commit ?? '', at: new Date(at), outcome: 'failed', findings })
}

async function noteScope(
  { pool, store, onFailure }: ReconcileDependencies,
  { run, commit, scope }: ApplyInput,
  failure: AttemptFailure,
): Promise<void> {
  onFailure({ ...failure, commit, scope })
  if (!failure.isFinal || run === undefined) return
  await store.noteFinding(pool, { run, finding: failedFinding(`${failure.code}: ${failure.message}`, scope) })
}

function failedFinding(reason: string, scope?: Scope): Finding {
  const finding = { severity: 'error', code: 'reconcile-failed' } as const
  if (scope === undefined) return { ...finding, message: `Cannot reconcile: ${reason}` }
  return { ...finding, message: `Cannot apply ${scope}: ${reason}`, scope }
}

async function fetchHead(
  dependencies: ReconcileDependencies,
  { at, signal }: { at: number; signal: AbortSignal },
): Promise<FetchResult> {
  const { pool, store, configuration, reached } = dependencies
  reached('fetch.before')
  const head = await configuration.fetchHead(signal)
  reached('fetch.after')
  const pin = await store.readPin(pool)
  if (pin !== undefined) return goToPin(dependencies, { commit: pin.commit, at })

  const before = await store.readLastCommit(pool)
  if (before === undefined || (await configuration.isAncestor(before, head))) return { kind: 'fetched', commit: head }
  const reason = `Cannot go from commit ${before.slice(0, 12)} to ${head.slice(0, 12)}: it is no descendant, so history was rewritten; restore the branch, or accept the new history with \`guildhall pin ${head}\``
  return refuse(dependencies, { commit: head, at, code: 'history-rewritten', reason })
}

/** A pin set where the repository is not kept may name no commit: a tree would even be read like one. */
async function goToPin(
  dependencies: ReconcileDependencies,
  { commit, at }: { readonly commit: string; readonly at: number },
): Promise<FetchResult> {
  if (await dependencies.configuration.isAncestor(commit, commit)) return { kind: 'fetched', commit }
  const reason = `Cannot go to the pinned ${commit}: the configuration repository has no such commit; pin one of the followed branch, or lift the pin with \`guildhall pin --lift\``
  return refuse(dependencies, { commit, at, code: 'reconcile-failed', reason })
}

interface Refusal {
  readonly commit: string
  readonly at: number
  readonly code: Finding['code']
  readonly reason: string
}

async function refuse({ pool, store, onRun }: ReconcileDependencies, refusal: Refusal): Promise<FetchResult> {
  const { commit, at, code, reason } = refusal
  const findings: readonly Finding[] = [{ severity: 'error', code, message: reason }]
  await store.recordRun(pool, { commit, at: new Date(at), outcome: 'refused', findings })
  onRun('refused')
  return { kind: 'refused', commit, reason }
}

async function announce({ workflows }: ReconcileDependencies, { instance, scope, hold }: AnnounceInput): Promise<void> {
  if (hold.kind === 'closed') await workflows.voidHold(scope, { at: hold.at })
  else await workflows.hold({ instance, scope, digest: hold.digest, sinceAt: hold.at })
}

async function finish(dependencies: ReconcileDependencies, input: FinishInput): Promise<void> {
  const { pool, store, nudge, onRun } = dependencies
  const { run, outcome, at, failures = [] } = input
  for (const { scope, code } of failures) {
    await store.noteFinding(pool, { run, finding: failedFinding(code, scope) })
  }
  await store.finishRun(pool, { id: run, outcome, at: new Date(at) })
  nudge()
  onRun(outcome)
}

async function recordFailure(dependencies: ReconcileDependencies, input: FailureInput): Promise<void> {
  const { pool, store, nudge, onRun } = dependencies
  const { run, commit = '', code } = input
  const at = new Date(input.at)
  const finding = failedFinding(code)
  if (run === undefined) {
    await store.recordRun(pool, { commit, at, outcome: 'failed', findings: [finding] })
  } else {
    await store.noteFinding(pool, { run, finding })
    await store.finishRun(pool, { id: run, outcome: 'failed', at })
  }
  nudge()
  onRun('failed')
}
