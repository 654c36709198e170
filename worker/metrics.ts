import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'

type Store = Pick<typeof storeModule, 'listDeliveries' | 'listHolds' | 'listStale' | 'listSyncStatus'>

export interface Metrics {
  readonly registry: Registry
  /** Counts a reconcile by its outcome. */
  countRun(outcome: string): void
  /** Counts a run of a sync. */
  countSync(run: CountedSync): void
}

interface CountedSync {
  readonly source: string
  readonly outcome: string
  readonly tookMs: number
  readonly subjects: number
}

interface Source {
  readonly pool: Pool
  readonly store: Store
  readonly now: () => number
  /** False where others than this machine may collect: VOs are not named then. */
  readonly namesScopes: boolean
}

/** Builds the metrics; what PostgreSQL knows is asked when somebody collects, and left out while it does not answer. */
export function createMetrics(source: Source): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const runs = new Counter({
    name: 'guildhall_reconciles_total',
    help: 'Reconcile runs by outcome',
    labelNames: ['outcome'],
    registers: [registry],
  })
  addHolds(registry, source)
  addStale(registry, source)
  addDeliveries(registry, source)
  addReadAges(registry, source)
  const countSync = createSyncCounter(registry)
  return { registry, countRun: (outcome) => runs.inc({ outcome }), countSync }
}

function createSyncCounter(registry: Registry): Metrics['countSync'] {
  const registers = [registry]
  const runs = new Counter({
    name: 'guildhall_sync_runs_total',
    help: 'Runs of syncs by source and outcome',
    labelNames: ['source', 'outcome'],
    registers,
  })
  const durations = new Histogram({
    name: 'guildhall_sync_duration_seconds',
    help: 'How long runs of syncs took',
    labelNames: ['source'],
    buckets: [0.1, 1, 10, 60, 600, 3_600],
    registers,
  })
  const subjects = new Gauge({
    name: 'guildhall_sync_subjects',
    help: 'How many subjects the last run of a sync gave',
    labelNames: ['source'],
    registers,
  })
  return ({ source, outcome, tookMs, subjects: given }) => {
    runs.inc({ source, outcome })
    durations.observe({ source }, tookMs / 1_000)
    subjects.set({ source }, given)
  }
}

function addHolds(registry: Registry, { pool, store, now, namesScopes }: Source): void {
  new Gauge({
    name: 'guildhall_hold_age_seconds',
    help: namesScopes
      ? 'How long a scope has been held'
      : 'How long the oldest hold of the instance, or of a VO, lasts',
    labelNames: ['scope'],
    registers: [registry],
    async collect() {
      const holds = await ifAnswered(store.listHolds(pool, new Date(now())))
      this.reset()
      const ages = new Map<string, number>()
      for (const { scope, since } of holds ?? []) {
        const shown = namesScopes ? scope : scope.replace(/:.*/, '')
        ages.set(shown, Math.max(ages.get(shown) ?? 0, (now() - since.getTime()) / 1_000))
      }
      for (const [scope, age] of ages) this.set({ scope }, age)
    },
  })
}

function addStale(registry: Registry, { pool, store }: Source): void {
  new Gauge({
    name: 'guildhall_stale_facilities',
    help: 'Facilities whose newest snapshots are older than what is wanted',
    registers: [registry],
    async collect() {
      const stale = await ifAnswered(store.listStale(pool))
      // A gauge without labels stands at 0 until it is removed, and 0 would say that nothing is stale.
      this.remove()
      if (stale !== undefined) this.set(stale.length)
    },
  })
}

function addDeliveries(registry: Registry, { pool, store }: Source): void {
  new Gauge({
    name: 'guildhall_destinations',
    help: 'Services at destinations by state',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      const lines = await ifAnswered(store.listDeliveries(pool, {}))
      this.reset()
      if (lines === undefined) return
      for (const state of ['blocked', 'delivered', 'failing', 'held', 'paused', 'pending']) this.set({ state }, 0)
      for (const { state } of lines) this.inc({ state })
    },
  })
}

function addReadAges(registry: Registry, { pool, store, now }: Source): void {
  new Gauge({
    name: 'guildhall_sync_read_age_seconds',
    help: 'How long ago a source was last read to the end, for the sync for which that is longest',
    labelNames: ['source'],
    registers: [registry],
    async collect() {
      const syncs = await ifAnswered(store.listSyncStatus(pool))
      this.reset()
      const ages = new Map<string, number>()
      for (const { source, readAt, failingSince } of syncs ?? []) {
        const since = readAt ?? failingSince
        if (since !== null) ages.set(source, Math.max(ages.get(source) ?? 0, (now() - Date.parse(since)) / 1_000))
      }
      for (const [source, age] of ages) this.set({ source }, age)
    },
  })
}

async function ifAnswered<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch {
    return undefined
  }
}
