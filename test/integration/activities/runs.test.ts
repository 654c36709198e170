import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import { createReconcileActivities, type ReconcileDependencies } from '../../../activities/reconcile.ts'
import { GuildhallError } from '../../../core/errors.ts'
import type { Scope } from '../../../core/model/scope.ts'
import * as store from '../../../store/index.ts'
import { createWorkflowStarter } from '../../../worker/workflow-client.ts'
import { holdId, type HoldInput, type HoldOutcome } from '../../../workflows/hold/messages.ts'
import { reconcileId, type ReconcileOutcome } from '../../../workflows/reconcile/messages.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { openTemporal, quietActivities, withWorkers } from '../workflows/harness.ts'
import { commitWith, dependenciesFor } from './world.ts'

jest.setTimeout(60_000)

const instance = 'main'
const secret = 'ada@example.org'
const taken = new GuildhallError('ATTRIBUTE_TAKEN', `Cannot give idp/ada the e-mail "${secret}": somebody has it`)

let database: TestDatabase
let temporal: TestTemporal
beforeEach(async () => {
  database = await createTestDatabase()
  temporal = await openTemporal()
})
afterEach(async () => {
  await temporal.close()
  await database.drop()
})

function dependenciesOf(commits: Parameters<typeof dependenciesFor>[1]): ReconcileDependencies {
  return { ...dependenciesFor(database.pool, commits), workflows: createWorkflowStarter(temporal.client, instance) }
}

/** Reconciles so many times, one after the other, then does what is asked with the workers still there. */
async function run<T>(dependencies: ReconcileDependencies, times: number, then: () => Promise<T>) {
  const activities = { ...quietActivities(), ...createReconcileActivities(dependencies) }
  return withWorkers(temporal, activities, async () => {
    const outcomes: ReconcileOutcome[] = []
    for (let time = 0; time < times; time += 1) {
      await createWorkflowStarter(temporal.client, instance).reconcile(instance, { cause: 'command' })
      const handle = temporal.client.workflow.getHandle<() => Promise<ReconcileOutcome>>(reconcileId(instance))
      outcomes.push(await handle.result())
    }
    return { outcomes, then: await then() }
  })
}

async function history(): Promise<string> {
  return historyToJSON(await temporal.client.workflow.getHandle(reconcileId(instance)).fetchHistory())
}

describe('a run in which something fails', () => {
  it('brings the other VOs to the commit, and says what failed where people look, not where it is kept', async () => {
    const commits = { first: commitWith({ astro: 3, bio: 3, chem: 3 }) }
    const applyChanges: typeof store.applyChanges = async (tx, input) => {
      if (input.scope === 'vo:bio') throw taken
      return store.applyChanges(tx, input)
    }
    const dependencies = dependenciesOf(commits)
    const told: object[] = []

    const { outcomes, then } = await run(
      {
        ...dependencies,
        store: { ...dependencies.store, applyChanges },
        onFailure: ({ scope, message }) => void told.push({ scope, message }),
      },
      1,
      history,
    )

    const scope: Scope = 'vo:bio'
    const applied = await store.readApplied(database.pool)
    const runs = await store.readRuns(database.pool, 9)
    expect(outcomes).toMatchObject([{ kind: 'failed', applied: 3, held: 0, reason: 'vo:bio: ATTRIBUTE_TAKEN' }])
    expect(applied).toEqual({ instance: 'first', 'vo:astro': 'first', 'vo:chem': 'first' })
    expect(runs.flatMap(({ findings }) => findings)).toMatchObject([
      { code: 'reconcile-failed', scope, message: `Cannot apply vo:bio: ATTRIBUTE_TAKEN: ${taken.message}` },
    ])
    expect(runs.map(({ outcome }) => outcome)).toEqual(['failed'])
    expect(told).toEqual([{ scope, message: taken.message }])
    expect(then).not.toContain(Buffer.from(secret).toString('base64').slice(0, 16))
    expect(then).not.toContain(secret)
  })

  it('without the instance brings no VO to what it needs of it', async () => {
    const commits = { first: commitWith({ astro: 3 }) }
    const applyChanges: typeof store.applyChanges = async (tx, input) => {
      if (input.scope === 'instance') throw taken
      return store.applyChanges(tx, input)
    }
    const dependencies = dependenciesOf(commits)

    const { outcomes } = await run(
      { ...dependencies, store: { ...dependencies.store, applyChanges } },
      1,
      async () => undefined,
    )

    const applied = await store.readApplied(database.pool)
    const [newest] = await store.readRuns(database.pool, 1)
    expect(outcomes).toMatchObject([{ kind: 'failed', applied: 0, reason: 'instance: ATTRIBUTE_TAKEN' }])
    expect({ applied, scopes: newest?.findings.map(({ scope }) => scope) }).toEqual({
      applied: {},
      scopes: ['instance'],
    })
  })

  it('before anything is planned is one row that tells why', async () => {
    const dependencies = dependenciesOf({ first: commitWith({}) })
    const read = async () => Promise.reject(taken)

    const { outcomes, then } = await run(
      { ...dependencies, configuration: { ...dependencies.configuration, read } },
      1,
      history,
    )

    const runs = await store.readRuns(database.pool, 9)
    expect(outcomes).toMatchObject([{ kind: 'failed', commit: 'first', reason: 'ATTRIBUTE_TAKEN' }])
    expect(runs).toMatchObject([
      { outcome: 'failed', findings: [{ message: `Cannot reconcile: ATTRIBUTE_TAKEN: ${taken.message}` }] },
    ])
    expect(await store.readLastCommit(database.pool)).toBeUndefined()
    expect(then).not.toContain(secret)
  })
})

describe('a hold that later runs find again', () => {
  it('lapses 72 h after it began, however often it was announced', async () => {
    const before = dependenciesOf({ full: commitWith({ astro: 12 }) })
    const after = dependenciesOf({ emptied: commitWith({ astro: 2 }) })
    const handle = temporal.client.workflow.getHandle<() => Promise<HoldOutcome>>(holdId('vo:astro'))
    await run(before, 1, async () => undefined)

    const { outcomes, then } = await run(after, 4, async () => {
      const input = await handle.query<HoldInput>('held')
      await skipTime(temporal.client, { workflowId: holdId('vo:astro') })
      return { input, outcome: await handle.result() }
    })

    const { rows } = await database.pool.query<{ at: Date }>('select opened_at as at from hold')
    expect(outcomes.map(({ kind }) => kind)).toEqual(['held', 'held', 'held', 'held'])
    expect(rows.map(({ at }) => at.getTime())).toEqual([then.input.sinceAt])
    expect(then.outcome.kind).toBe('lapsed')
  })
})
