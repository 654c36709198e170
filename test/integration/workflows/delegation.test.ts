import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createDelegationActivities } from '../../../activities/delegations.ts'
import * as store from '../../../store/index.ts'
import { createWorkflowStarter } from '../../../worker/workflow-client.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { delegationId, type DelegationOutcome } from '../../../workflows/delegation/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { add, apply, change, document, smallWorld, stored } from '../store/world.ts'
import { openTemporal, quietActivities, withWorkers } from './harness.ts'

jest.setTimeout(60_000)

const dayMs = 86_400_000

/** The day so many days from now, in UTC. */
function dayIn(days: number): string {
  return new Date(Date.now() + days * dayMs).toISOString().slice(0, 10)
}

describe('delegation/<id>', () => {
  let temporal: TestTemporal
  let database: TestDatabase
  beforeAll(async () => {
    temporal = await openTemporal()
    database = await createTestDatabase()
    await apply(database.pool, smallWorld())
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
  })

  const real = () => ({ ...quietActivities(), ...createDelegationActivities({ pool: database.pool, store }) })
  const handleOf = (id: number) =>
    temporal.client.workflow.getHandle<() => Promise<DelegationOutcome>>(delegationId(id))
  const common = { cause: { actor: 'local/test' } }

  async function delegate(from: string | null, until: string | null): Promise<number> {
    const request = { delegator: 'idp/ada', delegate: 'idp/grace', vo: 'astro', reason: 'away', from, until }
    const [answer] = await store.inTransaction(database.pool, (tx) =>
      store.addDelegations(tx, { requests: [request], ...common, now: new Date() }),
    )
    if (answer === undefined || 'refused' in answer) throw new Error(JSON.stringify(answer))
    return answer.delegation
  }

  /** What the relay does. */
  async function tell(): Promise<object> {
    const workflows = createWorkflowStarter(temporal.client, 'test')
    const { delegations, gone, ids } = await store.readDelegationWakes(database.pool)
    for (const one of delegations) await workflows.watchDelegation(one)
    for (const one of gone) await workflows.leaveDelegation(one)
    await store.forgetDelegationWakes(database.pool, { ids })
    return { delegations, gone }
  }

  it('sleeps until the first moment of the day, and ends the delegation', async () => {
    const id = await delegate(dayIn(10), dayIn(90))

    const outcome = await withWorkers(temporal, real(), async () => {
      expect(await tell()).toEqual({ delegations: [{ id, vo: 'astro' }], gone: [] })
      await skipTime(temporal.client, handleOf(id))
      return handleOf(id).result()
    })

    expect(outcome).toEqual({ kind: 'ended' })
    const { rows } = await database.pool.query('select ended, ended_by from delegation_past where id = $1', [id])
    // Virtual time has come further than the clock on the wall, so it ended when it was to end.
    expect(rows).toEqual([{ ended: new Date(`${dayIn(90)}T00:00:00Z`), ended_by: 'clock' }])
    await tell()
    await keepHistory(temporal.client, { workflowId: delegationId(id), scenario: 'ended' })
  })

  it('is found by the name that its VO has now, and ends with the delegation', async () => {
    const id = await delegate(null, dayIn(30))

    const outcome = await withWorkers(temporal, real(), async () => {
      await tell()
      const have = await stored(database.pool, 'VO', 'astro')
      await apply(database.pool, [change(have, document('VO', 'astronomy', { managers: [{ user: 'idp/ada' }] }))])
      expect(await tell()).toEqual({ delegations: [{ id, vo: 'astronomy' }], gone: [] })
      const query = `WorkflowId = '${delegationId(id)}' and vo = 'astronomy'`
      expect(await waitUntil(async () => (await temporal.client.workflow.count(query)).count === 1, 20_000)).toBe(true)
      await store.inTransaction(database.pool, (tx) =>
        store.endDelegations(tx, { requests: [{ delegation: id, reason: 'back' }], ...common, now: new Date() }),
      )
      expect(await tell()).toEqual({ delegations: [], gone: [id] })
      return handleOf(id).result()
    })

    expect(outcome).toEqual({ kind: 'gone' })
    await keepHistory(temporal.client, { workflowId: delegationId(id), scenario: 'ended-before' })
  })

  it('is not begun where there is no end to wait for', async () => {
    await apply(database.pool, [add(document('VO', 'astro'))])
    await delegate(null, null)

    expect(await tell()).toEqual({ delegations: [], gone: [] })
    expect(await store.listEndingDelegations(database.pool)).toEqual([])
  })
})
