import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client'
import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'

type Store = Pick<typeof storeModule, 'listDeliveries' | 'listHolds' | 'listStale'>

export interface Metrics {
  readonly registry: Registry
  /** Counts a reconcile by its outcome. */
  countRun(outcome: string): void
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
  return { registry, countRun: (outcome) => runs.inc({ outcome }) }
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
      for (const state of ['delivered', 'failing', 'pending']) this.set({ state }, 0)
      for (const { state } of lines) this.inc({ state })
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
