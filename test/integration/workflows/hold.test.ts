import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { approvalLastsMs } from '../../../core/model/approval.ts'
import {
  approved,
  holdId,
  superseded,
  watchHold,
  type HoldInput,
  type HoldOutcome,
} from '../../../workflows/hold/messages.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { keepHistory } from '../../replay/recorder.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { openTemporal, quietActivities, withWorkers, type AllActivities } from './harness.ts'

jest.setTimeout(60_000)

type Settled = HoldOutcome & { readonly at: number }

describe('hold/<scope>', () => {
  let temporal: TestTemporal
  beforeAll(async () => {
    temporal = await openTemporal()
  })
  afterAll(async () => temporal.close())

  /** Runs a hold with an activity side that notes what it is asked. */
  async function observeHold(scope: `vo:${string}`, tell: () => Promise<void>, isOpen = true) {
    const settled: Settled[] = []
    const reminded: number[] = []
    const activities = {
      ...quietActivities(),
      settleHold: async ({ outcome, at }: { outcome: HoldOutcome; at: number }) =>
        void settled.push({ ...outcome, at }),
      remindOfHold: async ({ at }: { at: number }) => {
        reminded.push(at)
        return isOpen
      },
    }
    const sinceAt = Date.now()
    await withWorkers(temporal, activities, async () => {
      const handle = await temporal.client.workflow.signalWithStart(
        'hold',
        watchHold({ instance: 'main', scope, digest: 'd1', sinceAt }),
      )
      await tell()
      await handle.result()
    })
    return { settled, reminded, sinceAt }
  }

  it('an approval of its digest ends it', async () => {
    const handle = temporal.client.workflow.getHandle(holdId('vo:approved'))

    const { settled } = await observeHold('vo:approved', async () => handle.signal(approved, { digest: 'd1' }))

    expect(settled.map(({ kind, digest }) => ({ kind, digest }))).toEqual([{ kind: 'approved', digest: 'd1' }])
    await keepHistory(temporal.client, { workflowId: holdId('vo:approved'), scenario: 'approved' })
  })

  it('an approval of another digest changes nothing', async () => {
    const handle = temporal.client.workflow.getHandle(holdId('vo:other'))

    const { settled } = await observeHold('vo:other', async () => {
      await handle.signal(approved, { digest: 'd0' })
      await handle.signal(superseded, { at: Date.now() })
    })

    expect(settled.map(({ kind }) => kind)).toEqual(['voided'])
    await keepHistory(temporal.client, { workflowId: holdId('vo:other'), scenario: 'voided' })
  })

  it('other changes under the same scope are a hold of their own, with 72 h', async () => {
    const handle = temporal.client.workflow.getHandle<() => Promise<HoldOutcome>>(holdId('vo:replaced'))
    const at = Date.now() + 5_000
    let successor: HoldInput | undefined

    const { settled } = await observeHold('vo:replaced', async () => {
      await handle.signal(superseded, { digest: 'd2', at })
      while (successor?.digest !== 'd2') successor = await handle.query<HoldInput>('held')
      await handle.signal(approved, { digest: 'd1' })
      await handle.signal(approved, { digest: 'd2' })
    })

    expect(successor).toMatchObject({ digest: 'd2', sinceAt: at, untilAt: at + approvalLastsMs })
    expect(settled.map(({ kind, digest }) => ({ kind, digest }))).toEqual([{ kind: 'approved', digest: 'd2' }])
  })

  it('ends, and is announced, as approved where it only heard that nothing is held any more', async () => {
    const scope = 'vo:unheard'
    const announced: string[] = []
    const activities: AllActivities = {
      ...quietActivities(),
      settleHold: async () => 'approved',
      writeAnnouncement: async ({ event }) => {
        announced.push(event)
        return null
      },
    }
    let outcome: unknown

    await withWorkers(temporal, activities, async () => {
      const watched = watchHold({ instance: 'main', scope, digest: 'd1', sinceAt: Date.now() })
      const handle = await temporal.client.workflow.signalWithStart('hold', watched)
      await handle.signal(superseded, { at: Date.now() })
      outcome = await handle.result()
      await waitUntil(async () => announced.length === 2, 20_000)
    })

    expect(outcome).toEqual({ kind: 'approved', digest: 'd1' })
    expect(new Set(announced)).toEqual(new Set(['opened', 'approved']))
    await keepHistory(temporal.client, { workflowId: holdId(scope), scenario: 'approved-unheard' })
  })

  it('without a word it reminds every day and lapses after 72 h', async () => {
    const { settled, reminded, sinceAt } = await observeHold('vo:lapse', async () =>
      skipTime(temporal.client, { workflowId: holdId('vo:lapse') }),
    )

    const hours = (at: number) => Math.floor((at - sinceAt) / 3_600_000)
    expect(reminded.map(hours)).toEqual([24, 48])
    expect(settled.map(({ kind, at }) => ({ kind, hours: hours(at) }))).toEqual([{ kind: 'lapsed', hours: 72 }])
    await keepHistory(temporal.client, { workflowId: holdId('vo:lapse'), scenario: 'lapsed' })
  })

  it('ends with its first reminder where PostgreSQL has no open hold for it', async () => {
    const scope = 'vo:orphan'

    const { settled, reminded } = await observeHold(
      scope,
      async () => skipTime(temporal.client, { workflowId: holdId(scope) }),
      false,
    )

    expect(reminded).toHaveLength(1)
    expect(settled.map(({ kind }) => kind)).toEqual(['voided'])
    await keepHistory(temporal.client, { workflowId: holdId(scope), scenario: 'orphaned' })
    await keepHistory(temporal.client, { workflowId: holdId(scope), scenario: 'orphaned-announced' })
  })

  it('of a change by itself stands beside that of the scope, and its lapse asks for no reconcile', async () => {
    const scope = 'vo:beside'
    const settled: object[] = []
    const activities: AllActivities = {
      ...quietActivities(),
      settleHold: async ({ outcome: { kind, digest }, change }) => void settled.push({ kind, digest, change }),
    }
    const watched = watchHold({ instance: 'main', scope, kind: 'act', digest: 'd1', sinceAt: Date.now() })

    await withWorkers(temporal, activities, async () => {
      const ofScope = await temporal.client.workflow.signalWithStart(
        'hold',
        watchHold({ instance: 'main', scope, digest: 'd0', sinceAt: Date.now() }),
      )
      const handle = await temporal.client.workflow.signalWithStart('hold', watched)
      await skipTime(temporal.client, { workflowId: holdId(scope, 'd1') })
      await handle.result()
      expect((await ofScope.describe()).status.name).toBe('RUNNING')
      await ofScope.signal(superseded, { at: Date.now() })
      await ofScope.result()
    })

    expect(watched.workflowId).toBe('hold/vo:beside/d1')
    expect(settled).toEqual([
      { kind: 'lapsed', digest: 'd1', change: 'act' },
      { kind: 'voided', digest: 'd0', change: undefined },
    ])
    await keepHistory(temporal.client, { workflowId: holdId(scope, 'd1'), scenario: 'act-lapsed' })
  })

  it('what is held while an approval is being settled is a hold of its own', async () => {
    const scope = 'vo:next'
    const handle = temporal.client.workflow.getHandle(holdId(scope))
    const settled: string[] = []
    let first = ''
    const activities = {
      ...quietActivities(),
      settleHold: async ({ outcome: { kind, digest } }: { outcome: HoldOutcome }) => {
        settled.push(`${kind} ${digest}`)
        if (digest === 'd1') await handle.signal(superseded, { digest: 'd2', at: Date.now() })
        return undefined
      },
    }

    await withWorkers(temporal, activities, async () => {
      const { signaledRunId } = await temporal.client.workflow.signalWithStart(
        'hold',
        watchHold({ instance: 'main', scope, digest: 'd1', sinceAt: Date.now() }),
      )
      first = signaledRunId
      await handle.signal(approved, { digest: 'd1' })
      while ((await handle.query<HoldInput>('held')).digest !== 'd2') await new Promise(setImmediate)
      await handle.signal(approved, { digest: 'd2' })
      await handle.result()
    })

    expect(settled).toEqual(['approved d1', 'approved d2'])
    await keepHistory(temporal.client, {
      workflowId: holdId(scope),
      runId: first,
      scenario: 'succeeded-while-settling',
    })
  })
})
