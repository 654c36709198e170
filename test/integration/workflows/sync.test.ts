import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createRequestActivities } from '../../../activities/request.ts'
import type { SyncRunInput } from '../../../activities/sync.ts'
import { createWorkflowStarter } from '../../../worker/workflow-client.ts'
import { syncId } from '../../../core/model/sync-place.ts'
import { startSync, syncAgain, type SyncRun } from '../../../workflows/sync/messages.ts'
import { dueId } from '../../../workflows/due/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { openTemporal, quietActivities, withWorkers } from './harness.ts'

jest.setTimeout(60_000)

const run: SyncRun = { kind: 'changed', subjects: 3, added: 2, changed: 1, removed: 0, skipped: 0 }

function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

describe('sync/<source>/<vo>[/<group>]', () => {
  let temporal: TestTemporal
  beforeAll(async () => {
    temporal = await openTemporal()
  })
  afterAll(async () => temporal.close())

  const handleOf = (workflowId: string) => temporal.client.workflow.getHandle<() => Promise<SyncRun>>(workflowId)
  const keep = async (workflowId: string, scenario: string) => keepHistory(temporal.client, { workflowId, scenario })

  it('a run is what it came to, asked for once', async () => {
    const asked: SyncRunInput[] = []
    const activities = {
      ...quietActivities(),
      runSync: async (input: SyncRunInput) => {
        asked.push(input)
        return run
      },
    }
    const id = syncId({ source: 'hr', vo: 'astro', group: 'staff' })

    const outcome = await withWorkers(temporal, activities, async () => {
      const input = { source: 'hr', vo: 'astro', group: 'staff' }
      await temporal.client.workflow.signalWithStart('sync', syncAgain(input))
      return handleOf(id).result()
    })

    await keep(id, 'changed')
    const { events = [] } = await handleOf(id).fetchHistory()
    const limits = events?.flatMap((event) => {
      const scheduled = event.activityTaskScheduledEventAttributes
      return scheduled
        ? [[scheduled.startToCloseTimeout, scheduled.heartbeatTimeout].map((one) => Number(one?.seconds))]
        : []
    })
    expect(limits).toEqual([[60 * 24 * 3_600, 15]])
    expect(outcome).toEqual(run)
    expect(asked).toEqual([{ source: 'hr', vo: 'astro', group: 'staff', at: expect.any(Number) }])
  })

  it('what is said while the source is read is read once more', async () => {
    let runs = 0
    const reading = gate()
    const told = gate()
    const activities = {
      ...quietActivities(),
      runSync: async () => {
        runs += 1
        reading.open()
        await told.opened
        return { ...run, subjects: runs }
      },
    }
    const input = { source: 'hr', vo: 'geo' }

    const outcome = await withWorkers(temporal, activities, async () => {
      await temporal.client.workflow.start('sync', startSync(input))
      await reading.opened
      await temporal.client.workflow.signalWithStart('sync', syncAgain(input))
      await temporal.client.workflow.signalWithStart('sync', syncAgain(input))
      told.open()
      return handleOf(syncId(input)).result()
    })

    await keep(syncId(input), 'read-again')
    expect({ outcome, runs }).toEqual({ outcome: { ...run, subjects: 2 }, runs: 2 })
  })

  it('what Guildhall itself needs is waited for', async () => {
    let tries = 0
    const activities = {
      ...quietActivities(),
      runSync: async () => {
        tries += 1
        if (tries === 1) throw new Error('PostgreSQL is away')
        return run
      },
    }
    const input = { source: 'hr', vo: 'waiting' }

    const outcome = await withWorkers(temporal, activities, async () => {
      await temporal.client.workflow.start('sync', startSync(input))
      return handleOf(syncId(input)).result()
    })

    await keep(syncId(input), 'retried')
    expect({ outcome, tries }).toEqual({ outcome: run, tries: 2 })
  })

  it('a Schedule asks for a sync, and leaves one alone that is under way', async () => {
    let runs = 0
    const ended = gate()
    const workflows = createWorkflowStarter(temporal.client, 'example')
    const activities = {
      ...quietActivities(),
      ...createRequestActivities({ workflows }),
      runSync: async () => {
        runs += 1
        await ended.opened
        return run
      },
    }
    const place = { source: 'hr', vo: 'due' }
    const schedule = temporal.client.schedule.getHandle(syncId(place))

    const times = await withWorkers(temporal, activities, async () => {
      await workflows.scheduleSync(place, { every: 'PT1H', zone: 'Europe/Prague' })
      await workflows.scheduleSync(place, { at: ['03:00', '15:30'], zone: 'Europe/Prague' })
      const askNow = async () => {
        const workflowId = `${dueId(place)}-${runs}-${Date.now()}`
        await temporal.client.workflow.execute('due', { workflowId, taskQueue: 'control', args: [place] })
        return workflowId
      }
      const first = await askNow()
      await askNow()
      ended.open()
      await handleOf(syncId(place)).result()
      await keepHistory(temporal.client, { workflowId: first, scenario: 'asked' })
      const { info } = await schedule.describe()
      return info.nextActionTimes
    })
    await workflows.dropSchedule(syncId(place))
    await workflows.dropSchedule(syncId(place))

    expect(runs).toBe(1)
    const clock = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Prague', hour: '2-digit' })
    expect([...new Set(times.map((time) => clock.format(time)))].sort()).toEqual(['03', '15'])
  })
})
