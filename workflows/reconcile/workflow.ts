import {
  allHandlersFinished,
  condition,
  continueAsNew,
  isCancellation,
  patched,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import type { StepResult } from '../../activities/apply-step.ts'
import type { PlannedRun, PlannedStep } from '../../activities/plan-run.ts'
import type { ReconcileActivities } from '../../activities/reconcile.ts'
import type { Scope } from '../../core/model/scope.ts'
import { renderDetails } from '../details.ts'
import { codeOf } from '../outcome.ts'
import { stateAttribute } from '../search-attributes.ts'
import {
  progress,
  requested,
  type ReconcileInput,
  type ReconcileOutcome,
  type ReconcileProgress,
  type ReconcileRequest,
} from './messages.ts'

const retry = { initialInterval: '1 s', backoffCoefficient: 2, maximumInterval: '3 min', maximumAttempts: 5 } as const
const short = { startToCloseTimeout: '30 s', retry } as const
const long = { startToCloseTimeout: '10 min', heartbeatTimeout: '20 s', retry } as const
const activities = proxyActivities<ReconcileActivities>(short)

/** After so many rounds a run continues as new, well under 1,000 activities. */
const roundsPerRun = 20

/** So many scopes are brought to a commit before the rest is planned anew by the next run. */
const scopesPerRun = 500

/** Brings the newest commit into force: fetch, plan, one transaction per scope; requests that wait together are one. */
export async function reconcile(input: ReconcileInput): Promise<ReconcileOutcome> {
  const { instance } = input
  const inbox: ReconcileRequest[] = [...(input.requests ?? [])]
  let shown: ReconcileProgress = { step: 'fetch' }
  setHandler(requested, (request) => void inbox.push(request))
  setHandler(progress, () => shown)
  const show = (now: ReconcileProgress) => {
    shown = { ...now, ...(shown.last === undefined ? {} : { last: shown.last }) }
    upsertSearchAttributes([{ key: stateAttribute, value: now.step }])
    setCurrentDetails(renderDetails(describe(now, shown.last)))
  }

  for (let round = 1; ; round += 1) {
    const [request] = inbox.splice(0)
    const { outcome, isCutShort = false } = await runOnce({ instance, request, show })
    if (isCutShort) inbox.unshift({ cause: 'rest' })
    shown = { step: 'done', last: outcome, ...commitOf(outcome) }
    await condition(allHandlersFinished)
    if (inbox.length === 0) return outcome
    if (isCutShort || round >= roundsPerRun || workflowInfo().continueAsNewSuggested) {
      await continueAsNew<typeof reconcile>({ instance, requests: [...inbox] })
    }
  }
}

function commitOf({ commit }: ReconcileOutcome): Pick<ReconcileProgress, 'commit'> {
  return commit === undefined ? {} : { commit }
}

function describe(now: ReconcileProgress, last: ReconcileOutcome | undefined) {
  const reason = last?.reason
  return {
    waitingFor: now.commit === undefined ? now.step : `${now.step} of \`${now.commit.slice(0, 12)}\``,
    sinceAt: Date.now(),
    ...(reason === undefined ? {} : { lastError: reason }),
  }
}

interface Round {
  readonly instance: string
  readonly request: ReconcileRequest | undefined
  readonly show: (now: ReconcileProgress) => void
}

/** What became of a look at the head, which may have stopped before the last of its scopes. */
interface Looked {
  readonly outcome: ReconcileOutcome
  readonly isCutShort?: boolean
}

/** One look at the head. It never throws: what failed is in the outcome, and the next request tries again. */
async function runOnce({ instance, request, show }: Round): Promise<Looked> {
  let begun: Begun = { at: Date.now() }
  try {
    show({ step: 'fetch' })
    const fetched = await activities.fetchConfiguration.executeWithOptions(
      { ...long, summary: `Fetch ${instance} (${request?.cause ?? 'start'})` },
      [{ at: begun.at }],
    )
    if (fetched.kind === 'refused') {
      return { outcome: { kind: 'refused', commit: fetched.commit, ...none, reason: fetched.reason } }
    }

    const { commit } = fetched
    begun = { commit, at: Date.now() }
    show({ step: 'plan', commit })
    const plan = await activities.planConfiguration.executeWithOptions(
      { ...long, summary: `Plan ${commit.slice(0, 12)}` },
      [{ commit, at: begun.at }],
    )

    begun = { ...begun, run: plan.run }
    show({ step: 'apply', commit })
    return await applyAll({ instance, commit, plan })
  } catch (error) {
    return { outcome: await failed(begun, error) }
  }
}

/** How far a look has come; its own row, if it has one, is known by `run`, or else by commit and time. */
interface Begun {
  readonly commit?: string
  readonly run?: number
  readonly at: number
}

const none = { applied: 0, held: 0 } as const

async function failed(begun: Begun, error: unknown): Promise<ReconcileOutcome> {
  const { commit } = begun
  const code = codeOf(error) ?? 'UNKNOWN'
  const outcome = { kind: 'failed', ...(commit === undefined ? {} : { commit }), ...none, reason: code } as const
  try {
    await activities.recordFailure.executeWithOptions({ ...short, summary: 'Record the failure' }, [{ ...begun, code }])
    return outcome
  } catch {
    return outcome
  }
}

interface Work {
  readonly instance: string
  readonly commit: string
  readonly plan: PlannedRun
}

/** What has become of the scopes so far. */
interface Tally {
  readonly applied: Set<Scope>
  readonly held: Set<Scope>
  readonly failures: Map<Scope, string>
}

/**
 * Instance additions and changes first, then every VO, instance removals last. A scope that fails stops none of the
 * others: they are planned as if it were frozen, so only what depends on it waits.
 */
async function applyAll(work: Work): Promise<Looked> {
  const { commit, plan } = work
  const tally: Tally = { applied: new Set(), held: new Set(), failures: new Map() }
  const isCutShort = await applySteps(work, tally)
  const outcome = judge({ commit, applied: tally.applied.size, held: tally.held.size }, tally.failures)
  const failures = [...tally.failures].map(([scope, code]) => ({ scope, code }))
  await activities.finishReconcile.executeWithOptions({ ...long, summary: `Finish: ${outcome.kind}` }, [
    { run: plan.run, commit, outcome: outcome.kind, at: Date.now(), failures },
  ])
  return { outcome, isCutShort }
}

/** Tells whether it stopped before the last step. */
async function applySteps(work: Work, tally: Tally): Promise<boolean> {
  for (const step of work.plan.steps) {
    // Counted by what is done for good: what is held or fails comes again in the next run, and must not keep it from the rest.
    if (tally.applied.size >= scopesPerRun && patched('rest-in-the-next-run')) return true
    if (!tally.held.has(step.scope) && !tally.failures.has(step.scope)) await applyOne(work, step, tally)
  }
  return false
}

async function applyOne({ instance, commit, plan }: Work, step: PlannedStep, tally: Tally): Promise<void> {
  const { scope, phase } = step
  const failed = [...tally.failures.keys()]
  const input = { run: plan.run, commit, epoch: plan.epoch, at: Date.now(), ...step, failed }
  const summary = `${phase === 'removals' ? 'Remove from' : 'Apply'} ${scope}`
  try {
    const result = await activities.applyScope.executeWithOptions({ ...long, summary }, [input])
    if (result.kind === 'applied') tally.applied.add(scope)
    if (result.kind === 'held') tally.held.add(scope)
    await announce({ instance, step, result })
  } catch (error) {
    if (endsRun(error)) throw error
    tally.failures.set(scope, codeOf(error) ?? 'UNKNOWN')
  }
}

/** Cancelled, or taken over by a newer run; runs that began before scopes failed alone end with the first that fails. */
function endsRun(error: unknown): boolean {
  return isCancellation(error) || codeOf(error) === 'FENCED' || !patched('scopes-fail-alone')
}

/** A hold that is new, others, or gone is told to `hold/<scope>`. */
async function announce({ instance, step, result }: { instance: string; step: PlannedStep; result: StepResult }) {
  if (result.hold === undefined) return
  await activities.announceHold.executeWithOptions(
    { ...short, summary: `Tell hold/${step.scope}: ${result.hold.kind}` },
    [{ instance, scope: step.scope, hold: result.hold }],
  )
}

interface Counts {
  readonly commit: string
  readonly applied: number
  readonly held: number
}

function judge(counts: Counts, failures: ReadonlyMap<Scope, string>): ReconcileOutcome {
  const [first] = failures
  if (first !== undefined) return { kind: 'failed', ...counts, reason: first.join(': ') }
  if (counts.held > 0) return { kind: 'held', ...counts }
  return { kind: counts.applied > 0 ? 'applied' : 'nothing', ...counts }
}
