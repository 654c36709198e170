import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createBanActivities } from '../../../activities/bans.ts'
import * as store from '../../../store/index.ts'
import { createWorkflowStarter } from '../../../worker/workflow-client.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { banChanged, banId, watchBan, type BanOutcome } from '../../../workflows/ban/messages.ts'
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

describe('ban/<id>', () => {
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

  const real = () => ({ ...quietActivities(), ...createBanActivities({ pool: database.pool, store }) })
  const handleOf = (id: number) => temporal.client.workflow.getHandle<() => Promise<BanOutcome>>(banId(id))
  const start = async (id: number) => temporal.client.workflow.signalWithStart('ban', watchBan({ id, vo: 'astro' }))

  /** Bans somebody from the VO and tells the key of the ban. */
  async function ban(user: string, until: string | null): Promise<number> {
    const input = { place: { kind: 'vo', vo: 'astro' }, requests: [{ user, reason: 'test', until }] } as const
    await store.inTransaction(database.pool, (tx) =>
      store.addBans(tx, { ...input, cause: { actor: 'local/test' }, now: new Date() }),
    )
    const found = (await store.listBans(database.pool)).find((one) => one.user === user)
    return found?.id ?? 0
  }

  async function lift(user: string): Promise<void> {
    const input = { place: { kind: 'vo', vo: 'astro' }, requests: [{ user, reason: 'test', until: null }] } as const
    await store.inTransaction(database.pool, (tx) =>
      store.removeBans(tx, { ...input, cause: { actor: 'local/test' }, now: new Date() }),
    )
  }

  it('sleeps until the first moment of the day, and lifts the ban', async () => {
    const id = await ban('idp/ada', dayIn(90))

    const outcome = await withWorkers(temporal, real(), async () => {
      await skipTime(temporal.client, await start(id))
      return handleOf(id).result()
    })

    expect(outcome).toEqual({ kind: 'ended' })
    const { rows } = await database.pool.query('select ended from ban_past where id = $1', [id])
    // Virtual time has come further than the clock on the wall, so the ban ended when it was to end.
    expect(rows).toEqual([{ ended: new Date(`${dayIn(90)}T00:00:00Z`) }])
    await keepHistory(temporal.client, { workflowId: banId(id), scenario: 'ended' })
  })

  it('ends with the ban where that is lifted or its person erased, and is not begun again', async () => {
    const workflows = createWorkflowStarter(temporal.client, 'test')
    const tell = async () => {
      const { bans, gone, ids } = await store.readBanWakes(database.pool)
      for (const one of bans) await workflows.watchBan(one)
      for (const id of gone) await workflows.leaveBan(id)
      await store.forgetBanWakes(database.pool, { ids })
      return { bans, gone }
    }
    await tell()
    const lifted = await ban('idp/linus', dayIn(30))
    const erased = await ban('idp/margaret', dayIn(30))

    const outcomes = await withWorkers(temporal, real(), async () => {
      expect(await tell()).toEqual({ bans: [lifted, erased].map((id) => ({ id, vo: 'astro' })), gone: [] })
      await lift('idp/linus')
      await store.inTransaction(database.pool, (tx) =>
        store.eraseUsers(tx, {
          users: ['idp/margaret'],
          reason: 'asked for',
          cause: { actor: 'local/test' },
          now: new Date(),
        }),
      )
      expect(await tell()).toEqual({ bans: [], gone: [lifted, erased] })
      return Promise.all([handleOf(lifted).result(), handleOf(erased).result()])
    })
    await workflows.leaveBan(lifted)

    expect(outcomes).toEqual([{ kind: 'gone' }, { kind: 'gone' }])
    expect((await handleOf(lifted).describe()).status.name).toBe('COMPLETED')
  })

  it('ends where the ban was replaced meanwhile, and leaves the new one alone', async () => {
    const id = await ban('idp/grace', dayIn(30))

    const outcome = await withWorkers(temporal, real(), async () => {
      await start(id)
      await waitUntil(async () => (await handleOf(id).describe()).raw.pendingActivities?.length === 0, 20_000)
      await ban('idp/grace', null)
      await handleOf(id).signal(banChanged)
      return handleOf(id).result()
    })

    expect(outcome).toEqual({ kind: 'gone' })
    expect(await store.listBans(database.pool)).toMatchObject([{ user: 'idp/grace', until: null }])
    await keepHistory(temporal.client, { workflowId: banId(id), scenario: 'replaced' })
  })

  it.each([
    [{ kind: 'vo', vo: 'astro' }, { vo: ['astro'] }],
    [
      { kind: 'resource', vo: 'astro', name: 'cluster' },
      { vo: ['astro'], facility: ['hpc'] },
    ],
    [{ kind: 'facility', name: 'hpc' }, { facility: ['hpc'] }],
  ] as const)('is found by what the ban is from: %j', async (place, attributes) => {
    const requests = [{ user: 'idp/edwin', reason: 'test', until: dayIn(30) }]
    const input = { place, requests, cause: { actor: 'local/test' }, now: new Date() }
    await store.inTransaction(database.pool, (tx) => store.addBans(tx, input))
    const one = (await store.listEndingBans(database.pool)).at(-1) ?? { id: 0 }

    await createWorkflowStarter(temporal.client, 'test').watchBan(one)

    // eslint-disable-next-line @typescript-eslint/no-deprecated -- the typed ones know no plain object
    const { searchAttributes } = await handleOf(one.id).describe()
    expect(searchAttributes).toMatchObject({ ...attributes, state: ['waiting'] })
    expect(
      Object.keys(searchAttributes)
        .filter((name) => name === 'vo' || name === 'facility')
        .sort(),
    ).toEqual(Object.keys(attributes).sort())
    await handleOf(one.id).terminate()
  })

  it('is found by the names that its VO and facility have now', async () => {
    const { pool } = database
    await apply(pool, [
      ...[add(document('Facility', 'grid')), add(document('Facility', 'cloud')), add(document('VO', 'bio'))],
      add(document('Resource', 'store', { facility: 'grid' }, 'bio')),
    ])
    const place = { kind: 'resource', vo: 'bio', name: 'store' } as const
    const requests = [{ user: 'idp/mary', reason: 'test', until: dayIn(30) }]
    const input = { place, requests, cause: { actor: 'local/test' }, now: new Date() }
    const workflows = createWorkflowStarter(temporal.client, 'test')
    const tell = async () => {
      const { bans, ids } = await store.readBanWakes(pool)
      for (const one of bans) await workflows.watchBan(one)
      await store.forgetBanWakes(pool, { ids })
    }
    const isFoundBy = (query: string) =>
      waitUntil(
        async () => (await temporal.client.workflow.count(`WorkflowId = '${banId(id)}' and ${query}`)).count === 1,
        20_000,
      )
    const renamed = async (kind: 'Facility' | 'VO', name: string, to: string) =>
      change(await stored(pool, kind, name), document(kind, to))
    await store.inTransaction(pool, (tx) => store.addBans(tx, input))
    const [{ id } = { id: 0 }] = await store.listBans(pool, { place })

    await withWorkers(temporal, real(), async () => {
      await tell()
      expect(await isFoundBy(`vo = 'bio' and facility = 'grid'`)).toBe(true)
      await apply(pool, [await renamed('VO', 'bio', 'biology')])
      await tell()
      expect(await isFoundBy(`vo = 'biology' and facility = 'grid'`)).toBe(true)
      await apply(pool, [await renamed('Facility', 'grid', 'farm')])
      await tell()
      expect(await isFoundBy(`vo = 'biology' and facility = 'farm'`)).toBe(true)
      const have = await stored(pool, 'Resource', 'store')
      const moved = document('Resource', 'store', { facility: 'cloud' }, 'biology')
      await apply(pool, [{ ...change(have, moved), fields: ['facility'] }])
      await tell()
      expect(await isFoundBy(`vo = 'biology' and facility = 'cloud'`)).toBe(true)
    })

    await keepHistory(temporal.client, { workflowId: banId(id), scenario: 'renamed' })
    await handleOf(id).terminate()
  })
})
