import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createClockActivities, type NextMoment } from '../../../activities/clock.ts'
import * as store from '../../../store/index.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import {
  clockId,
  dueChanged,
  expiryProgress,
  wakeClock,
  type ExpiryOutcome,
} from '../../../workflows/expiry/messages.ts'
import { dueAtAttribute } from '../../../workflows/search-attributes.ts'
import { keepHistory } from '../../replay/recorder.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { add, apply, document, remove, row, stored } from '../store/world.ts'
import { openTemporal, quietActivities, withWorkers } from './harness.ts'

jest.setTimeout(60_000)

const dayMs = 86_400_000

/** The day so many days from now, in UTC. */
function dayIn(days: number): string {
  return new Date(Date.now() + days * dayMs).toISOString().slice(0, 10)
}

describe('expiry/<vo>', () => {
  let temporal: TestTemporal
  let database: TestDatabase
  beforeAll(async () => {
    temporal = await openTemporal()
    database = await createTestDatabase()
    await apply(database.pool, [
      add(document('Instance', 'example')),
      add(document('Source', 'idp', { type: 'declared' })),
    ])
  })
  afterAll(async () => {
    await temporal.close()
    await database.drop()
  })

  const handleOf = (vo: string) => temporal.client.workflow.getHandle<() => Promise<ExpiryOutcome>>(clockId(vo))
  const start = async (vo: string) => temporal.client.workflow.signalWithStart('expiry', wakeClock(vo))
  const real = () => ({
    ...quietActivities(),
    ...createClockActivities({ pool: database.pool, store, tell: async () => 0, reached: () => undefined }),
  })

  function member(vo: string, user: string, days: number) {
    return { ...row('add', vo, user), expires: { before: null, after: dayIn(days) } }
  }

  async function removeVo(vo: string): Promise<void> {
    await apply(database.pool, [remove(await stored(database.pool, 'VO', vo))])
    await handleOf(vo).signal(dueChanged)
  }

  it('lets memberships end at the beginning of their days over more than two years, and ends with its VO', async () => {
    const days = [3, 40, 800]
    await apply(database.pool, [
      add(document('VO', 'astro')),
      ...days.map((count, index) => member('astro', `idp/${index}`, count)),
    ])
    const due = days.map((count) => new Date(`${dayIn(count)}T00:00:00Z`))

    const outcome = await withWorkers(temporal, real(), async () => {
      await skipTime(temporal.client, await start('astro'))
      const isDone = await waitUntil(
        async () => (await handleOf('astro').query(expiryProgress)).ended === days.length,
        30_000,
      )
      expect(isDone).toBe(true)
      await removeVo('astro')
      return handleOf('astro').result()
    })

    const { rows } = await database.pool.query<{ ended: Date }>(
      `select ended from member_past where status = 'VALID' order by ended`,
    )
    expect(rows.map(({ ended }) => ended)).toEqual(due)
    expect(outcome).toEqual({ kind: 'gone', ended: days.length })
    await keepHistory(temporal.client, { workflowId: clockId('astro'), scenario: 'two-years' })
  })

  it('told of another date while it sleeps, it sleeps until then; its old timer changes nothing', async () => {
    await apply(database.pool, [add(document('VO', 'bio')), member('bio', 'idp/late', 300)])
    const nextAt = async () => (await handleOf('bio').query(expiryProgress)).nextAt

    await withWorkers(temporal, real(), async () => {
      await start('bio')
      await waitUntil(async () => (await nextAt()) !== undefined, 20_000)
      const before = await nextAt()
      await apply(database.pool, [member('bio', 'idp/early', 2)])
      await start('bio')
      await waitUntil(async () => (await nextAt()) !== before, 20_000)

      expect([before, await nextAt()]).toEqual([300, 2].map((count) => Date.parse(`${dayIn(count)}T00:00:00Z`)))
      const { raw } = await handleOf('bio').describe()
      expect(raw.pendingActivities).toEqual([])
      const { currentDetails } = await handleOf('bio').query<{ currentDetails: string }>('__temporal_workflow_metadata')
      expect(currentDetails).toMatch(/^- \*\*waiting for:\*\* 1 membership ends\n/)
      await removeVo('bio')
      expect(await handleOf('bio').result()).toEqual({ kind: 'gone', ended: 0 })
    })
    await keepHistory(temporal.client, { workflowId: clockId('bio'), scenario: 'woken' })
  })

  it('is due no more once the last date is lifted, and waits for another', async () => {
    await apply(database.pool, [add(document('VO', 'quiet')), member('quiet', 'idp/lasting', 30)])
    const dueAt = async () =>
      (await handleOf('quiet').describe()).typedSearchAttributes.get(dueAtAttribute)?.toISOString()

    await withWorkers(temporal, real(), async () => {
      await start('quiet')
      await waitUntil(async () => (await dueAt()) !== undefined, 20_000)
      const before = await dueAt()
      const lasting = { ...row('change', 'quiet', 'idp/lasting'), expires: { before: dayIn(30), after: null } }
      await apply(database.pool, [lasting])
      await start('quiet')
      await waitUntil(async () => (await dueAt()) === undefined, 20_000)

      expect([before, await dueAt()]).toEqual([`${dayIn(30)}T00:00:00.000Z`, undefined])
      await removeVo('quiet')
      expect(await handleOf('quiet').result()).toEqual({ kind: 'gone', ended: 0 })
    })
    await keepHistory(temporal.client, { workflowId: clockId('quiet'), scenario: 'due-no-more' })
  })

  it('goes on as a new run after many turns', async () => {
    let looks = 0
    const activities = {
      ...quietActivities(),
      findNextMoment: async (): Promise<NextMoment> => {
        looks += 1
        return looks > 110 ? { isGone: true, count: 0 } : { isGone: false, count: 1, at: Date.now() - 1 }
      },
      runClock: async () => ({ changed: 1 }),
    }
    const { outcome, first } = await withWorkers(temporal, activities, async () => {
      const handle = await start('busy')
      return { outcome: await handleOf('busy').result(), first: handle.signaledRunId }
    })

    const { runId } = await handleOf('busy').describe()
    expect(outcome).toEqual({ kind: 'gone', ended: 110 })
    expect(runId).not.toBe(first)
    await keepHistory(temporal.client, { workflowId: clockId('busy'), runId: first, scenario: 'continued' })
  })

  it('waits a minute before it looks again at what it could not do', async () => {
    const turns: number[] = []
    const activities = {
      ...quietActivities(),
      findNextMoment: async (): Promise<NextMoment> =>
        turns.length === 2 ? { isGone: true, count: 0 } : { isGone: false, count: 1, at: 1 },
      runClock: async ({ now }: { readonly now: number }) => {
        turns.push(now)
        return { changed: 0 }
      },
    }
    await withWorkers(temporal, activities, async () => {
      await skipTime(temporal.client, await start('stuck'))
      await handleOf('stuck').result()
    })

    const [first = 0, second = 0] = turns
    expect(second - first).toBeGreaterThanOrEqual(60_000)
    await keepHistory(temporal.client, { workflowId: clockId('stuck'), scenario: 'stuck' })
  })
})
