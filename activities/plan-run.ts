import { approvalLastsMs } from '../core/model/approval.ts'
import type { Finding } from '../core/model/finding.ts'
import { scopeOf, type Scope } from '../core/model/scope.ts'
import type { Desired, State } from '../core/model/state.ts'
import { planCommit, type CommitInput, type CommitPlan } from '../core/plan/plan-commit.ts'
import { questionOf } from '../core/plan/state-question.ts'
import type * as storeModule from '../store/index.ts'
import type { Db, Pool } from '../store/index.ts'
import type { Configuration } from './configuration.ts'
import type { Reached } from './crash-point.ts'
import { lossesSince } from '../core/config/guard-window.ts'
import type { PlanMemory } from './plan-memory.ts'

type Store = Pick<
  typeof storeModule,
  | 'dropOldLosses'
  | 'findApprovals'
  | 'finishRun'
  | 'inTransaction'
  | 'listFreezes'
  | 'listHolds'
  | 'loadState'
  | 'readChainEnd'
  | 'requireFence'
  | 'setApplied'
  | 'startRun'
  | 'takeEpoch'
  | 'updatePositions'
  | 'updateRowPositions'
>

export interface PlanningDependencies {
  readonly pool: Pool
  readonly store: Store
  readonly configuration: Configuration
  readonly compileSchema: CommitInput['compileSchema']
  readonly reached: Reached
  readonly memory: PlanMemory
}

/** One transaction of a run: a scope, and for the instance which half of it. */
export interface PlannedStep {
  readonly scope: Scope
  readonly phase: 'main' | 'removals'
}

/** What a run is going to do, by ids and counts. */
export interface PlannedRun {
  readonly run: number
  readonly epoch: number
  readonly digest: string
  readonly changes: number
  readonly errors: number
  readonly steps: readonly PlannedStep[]
}

/** What becomes of a commit, with the scopes that cannot be said to be at it. */
export interface Planned {
  readonly decided: CommitPlan
  readonly behind: ReadonlySet<Scope>
}

interface PlanInput {
  readonly desired: Desired
  readonly at: number
  /** Scopes that failed earlier in the run: they stay as they are, like frozen ones, so nothing is built on what they lack. */
  readonly failed: readonly Scope[]
}

/** Plans against what the database holds as this transaction sees it. */
export async function planNow(
  db: Db,
  { store, compileSchema }: Pick<PlanningDependencies, 'compileSchema' | 'store'>,
  { desired, at, failed }: PlanInput,
): Promise<Planned> {
  const asOf = new Date(at)
  const state = await store.loadState(db, questionOf(desired, at))
  const frozen = [...new Set([...(await frozenScopes(db, store, { desired, state })), ...failed])]
  const approvals = await store.findApprovals(db, { after: new Date(at - approvalLastsMs) })
  const decided = planCommit({ state, desired, compileSchema, frozen, approvals, asOf })
  return { decided, behind: scopesBehind({ decided, desired, state, frozen }) }
}

async function frozenScopes(
  db: Db,
  store: Store,
  { desired, state }: { readonly desired: Desired; readonly state: State },
): Promise<readonly Scope[]> {
  const freezes = await store.listFreezes(db)
  const isAll = freezes.some(({ scope }) => scope === undefined)
  if (isAll) return [...new Set([...scopesOf(desired), ...state.objects.map(scopeOf)])]
  return freezes.flatMap(({ scope }) => scope ?? [])
}

/** Plans a run: which scopes need a transaction, under which epoch; scopes without any are noted as being at the commit. */
export async function planRun(
  dependencies: PlanningDependencies,
  { commit, at }: { readonly commit: string; readonly at: number },
): Promise<PlannedRun> {
  const { pool, store, configuration, reached, memory } = dependencies
  const desired = await configuration.read(commit)
  const { link, planned } = await store.inTransaction(
    pool,
    async (tx) => ({
      link: await store.readChainEnd(tx),
      planned: await planNow(tx, dependencies, { desired, at, failed: [] }),
    }),
    { isolation: 'repeatable read' },
  )
  const { decided, behind } = planned
  const open = (await store.listHolds(pool)).filter(({ kind }) => kind === 'commit').map(({ scope }) => scope)
  const steps = stepsOf(decided, open)
  const busy = new Set(steps.map(({ scope }) => scope))
  const settled = new Set(scopesOf(desired).filter((scope) => !busy.has(scope) && !behind.has(scope)))
  const fenced = [...new Set<Scope>(['instance', ...busy, ...settled])].sort()
  const epoch = await store.takeEpoch(pool, fenced)
  const run = await store.startRun(pool, { commit, findings: errorsOf(decided), at: new Date(at) })
  await store.inTransaction(pool, async (tx) => {
    for (const scope of fenced) await store.requireFence(tx, scope, epoch)
    for (const scope of settled) await store.setApplied(tx, { scope, commit, at: new Date(at) })
    await store.updatePositions(
      tx,
      desired.objects.filter((object) => settled.has(scopeOf(object))),
    )
    await store.updateRowPositions(
      tx,
      desired.rows.filter(({ vo }) => settled.has(`vo:${vo}`)),
    )
    await store.dropOldLosses(tx, { before: lossesSince(desired, at) })
  })
  memory.keep({ epoch, link, failed: [], planned })
  reached('plan.after')
  const { digest, changes } = decided.plan
  return { run, epoch, digest, changes: changes.length, errors: errorsOf(decided).length, steps }
}

/** The findings a person has to act on. */
function errorsOf({ plan }: CommitPlan): readonly Finding[] {
  return plan.findings.filter(({ severity }) => severity === 'error')
}

/** The plan's own order; scopes that are held, or have an open hold, are looked at in their place too. */
function stepsOf({ apply, held }: CommitPlan, open: readonly Scope[]): PlannedStep[] {
  const steps = apply.map(({ scope, phase }) => ({ scope, phase }))
  const planned = new Set(steps.map(({ scope }) => scope))
  const others = [...new Set([...held.map(({ scope }) => scope), ...open])].filter((scope) => !planned.has(scope))
  const removals = steps.filter(({ phase }) => phase === 'removals')
  const mains = steps.filter(({ phase }) => phase === 'main')
  const looks = others.map((scope) => ({ scope, phase: 'main' }) as const)
  return [...mains, ...looks, ...removals].sort((a, b) => rankOf(a) - rankOf(b))
}

/** Instance first, then every VO, instance removals last. */
function rankOf({ scope, phase }: PlannedStep): number {
  if (phase === 'removals') return 2
  return scope === 'instance' ? 0 : 1
}

interface Standing {
  readonly decided: CommitPlan
  readonly desired: Desired
  readonly state: State
  readonly frozen: readonly Scope[]
}

/** Frozen, held and bad scopes, and those with a document in a file that cannot be read. */
function scopesBehind({ decided, desired, state, frozen }: Standing): Set<Scope> {
  const unreadable = new Set(desired.unreadable)
  const unread = state.objects.filter(({ at }) => unreadable.has(at.file)).map(scopeOf)
  return new Set([...frozen, ...unread, ...decided.bad, ...decided.held.map(({ scope }) => scope)])
}

function scopesOf(desired: Desired): Scope[] {
  return [...new Set<Scope>(['instance', ...desired.objects.map(scopeOf)])]
}
