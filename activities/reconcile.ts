import type { FindingCode } from '../core/finding-codes.ts'
import type { Scope } from '../core/model/scope.ts'
import type { ReconcileOutcome } from '../workflows/reconcile/messages.ts'
import { applyStep, type ApplyInput, type StepResult } from './apply-step.ts'
import { asActivity } from './border.ts'
import { planRun, type PlanningDependencies } from './plan-run.ts'
import type { WorkflowStarter } from './workflow-starter.ts'
import type * as storeModule from '../store/index.ts'

type Store = Pick<
  typeof storeModule,
  | 'applyChanges'
  | 'closeHold'
  | 'finishRun'
  | 'lockScope'
  | 'openHold'
  | 'readLastCommit'
  | 'readPin'
  | 'requireFence'
  | 'spendApproval'
>

export interface ReconcileDependencies extends PlanningDependencies {
  readonly store: PlanningDependencies['store'] & Store
  readonly workflows: Pick<WorkflowStarter, 'hold' | 'voidHold'>
  /** Wakes the relay of this process. */
  readonly nudge: () => void
  /** Told how each run ended. */
  readonly onRun: (outcome: ReconcileOutcome['kind']) => void
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
}

interface FailureInput {
  readonly commit?: string
  readonly code: string
  readonly reason: string
  readonly at: number
}

export type ReconcileActivities = ReturnType<typeof createReconcileActivities>

/** Builds what `reconcile/<instance>` calls. */
export function createReconcileActivities(dependencies: ReconcileDependencies) {
  return {
    /** Updates the mirror and names the commit to bring into force; reading twice changes nothing. */
    fetchConfiguration: asActivity(async ({ at }: { at: number }, { signal }) =>
      fetchHead(dependencies, { at, signal }),
    ),

    /** Plans the commit and notes the scopes that are there already; a repeated call is a run of its own with a newer epoch. */
    planConfiguration: asActivity(async (input: { commit: string; at: number }) => planRun(dependencies, input)),

    /** Applies one scope in one fenced transaction, planned again under lock; done already, it finds nothing to do. */
    applyScope: asActivity(async (input: ApplyInput) => applyStep(dependencies, input)),

    /** Makes the hold's workflow agree with its row; each message names what it is about, so hearing it twice is harmless. */
    announceHold: asActivity(async (input: AnnounceInput) => announce(dependencies, input)),

    /** Closes the run's row; closing it again writes the same. */
    finishReconcile: asActivity(async (input: FinishInput) => finish(dependencies, input)),

    /** Leaves a run's row that says why nothing was done; a second one is one line more in the log of runs. */
    recordFailure: asActivity(async (input: FailureInput) => {
      const { commit = '', at } = input
      const reason = `Cannot reconcile: ${input.code}: ${input.reason}`
      await recordFailed(dependencies, { commit, at, outcome: 'failed', code: 'reconcile-failed', reason })
    }),
  }
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
  if (pin !== undefined) return { kind: 'fetched', commit: pin.commit }

  const before = await store.readLastCommit(pool)
  if (before === undefined || (await configuration.isAncestor(before, head))) return { kind: 'fetched', commit: head }
  const reason = `Cannot go from commit ${before.slice(0, 12)} to ${head.slice(0, 12)}: it is no descendant, so history was rewritten; restore the branch, or accept the new history with \`guildhall pin ${head}\``
  await recordFailed(dependencies, { commit: head, at, outcome: 'refused', code: 'history-rewritten', reason })
  return { kind: 'refused', commit: head, reason }
}

async function announce({ workflows }: ReconcileDependencies, { instance, scope, hold }: AnnounceInput): Promise<void> {
  if (hold.kind === 'closed') await workflows.voidHold(scope, { at: hold.at })
  else await workflows.hold({ instance, scope, digest: hold.digest, sinceAt: hold.at })
}

async function finish(dependencies: ReconcileDependencies, { run, outcome, at }: FinishInput): Promise<void> {
  const { pool, store, nudge, onRun } = dependencies
  await store.finishRun(pool, { id: run, outcome, at: new Date(at) })
  nudge()
  onRun(outcome)
}

interface Failure {
  readonly commit: string
  readonly at: number
  readonly outcome: 'failed' | 'refused'
  readonly code: FindingCode
  readonly reason: string
}

async function recordFailed({ pool, store, onRun }: ReconcileDependencies, failure: Failure): Promise<void> {
  const at = new Date(failure.at)
  const finding = { severity: 'error', code: failure.code, message: failure.reason } as const
  const id = await store.startRun(pool, { commit: failure.commit, findings: [finding], at })
  await store.finishRun(pool, { id, outcome: failure.outcome, at })
  onRun(failure.outcome)
}
