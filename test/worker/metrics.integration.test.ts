import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import * as store from '../../store/index.ts'
import { createMetrics } from '../../worker/metrics.ts'
import { apply, monday, smallWorld } from '../integration/store/world.ts'
import { createTestDatabase, type TestDatabase } from '../support/test-database.ts'

const hourLater = monday.getTime() + 3_600_000

describe('the metrics', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createTestDatabase()
    await apply(database.pool, smallWorld())
    await store.inTransaction(database.pool, async (tx) => {
      await store.openHold(tx, {
        ...{ scope: 'vo:astro', digest: 'd1', commit: 'c0ffee', reasons: [], losses: [], at: monday },
      })
      await store.foldOutbox(tx, 1_000)
    })
  })
  afterAll(async () => database.drop())

  it('tell what PostgreSQL knows when somebody collects', async () => {
    const metrics = createMetrics({ pool: database.pool, store, now: () => hourLater, namesScopes: true })

    expect(await ownLines(metrics.registry)).toEqual([
      'guildhall_destinations{state="blocked"} 0',
      'guildhall_destinations{state="delivered"} 0',
      'guildhall_destinations{state="failing"} 0',
      'guildhall_destinations{state="held"} 0',
      'guildhall_destinations{state="paused"} 0',
      'guildhall_destinations{state="pending"} 1',
      'guildhall_hold_age_seconds{scope="vo:astro"} 3600',
      'guildhall_stale_facilities 1',
    ])
  })

  it('name no VO where others than this machine may collect', async () => {
    const metrics = createMetrics({ pool: database.pool, store, now: () => hourLater, namesScopes: false })

    const text = await metrics.registry.metrics()

    expect(text).toContain('guildhall_hold_age_seconds{scope="vo"} 3600')
    expect(text).not.toContain('astro')
  })

  it('forget a hold that is closed and a facility that is stale no more', async () => {
    const own = await createTestDatabase()
    const metrics = createMetrics({ pool: own.pool, store, now: () => hourLater, namesScopes: true })
    await store.inTransaction(own.pool, async (tx) =>
      store.openHold(tx, {
        ...{ scope: 'instance', digest: 'd1', commit: 'c0ffee', reasons: [], losses: [], at: monday },
      }),
    )
    const held = await ownLines(metrics.registry)

    await store.inTransaction(own.pool, async (tx) =>
      store.closeHold(tx, { scope: 'instance', outcome: 'voided', at: monday }),
    )

    expect(held).toContain('guildhall_hold_age_seconds{scope="instance"} 3600')
    expect(await ownLines(metrics.registry)).toEqual([
      'guildhall_destinations{state="blocked"} 0',
      'guildhall_destinations{state="delivered"} 0',
      'guildhall_destinations{state="failing"} 0',
      'guildhall_destinations{state="held"} 0',
      'guildhall_destinations{state="paused"} 0',
      'guildhall_destinations{state="pending"} 0',
      'guildhall_stale_facilities 0',
    ])
    await own.drop()
  })

  it('leave out what PostgreSQL would know while it does not answer, rather than say that all is well', async () => {
    const pool = store.openPool(database.url)
    const metrics = createMetrics({ pool, store, now: () => hourLater, namesScopes: true })
    const before = await ownLines(metrics.registry)
    await pool.end()

    metrics.countRun('failed')

    expect(before).toHaveLength(8)
    expect(await ownLines(metrics.registry)).toEqual(['guildhall_reconciles_total{outcome="failed"} 1'])
  })

  it('count reconciles by outcome', async () => {
    const metrics = createMetrics({ pool: database.pool, store, now: () => hourLater, namesScopes: true })
    for (const outcome of ['applied', 'held', 'applied']) metrics.countRun(outcome)

    const counted = (await ownLines(metrics.registry)).filter((line) => line.startsWith('guildhall_reconciles'))

    expect(counted).toEqual([
      'guildhall_reconciles_total{outcome="applied"} 2',
      'guildhall_reconciles_total{outcome="held"} 1',
    ])
  })
})

async function ownLines(registry: { metrics(): Promise<string> }): Promise<readonly string[]> {
  const text = await registry.metrics()
  return text
    .split('\n')
    .filter((line) => line.startsWith('guildhall_'))
    .sort()
}
