import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { Context } from '@temporalio/activity'
import type { AttemptInput, AttemptResult } from '../../../activities/delivery.ts'
import type { TakenSnapshot } from '../../../activities/propagation.ts'
import { changed, propagate, propagationId, propagationProgress } from '../../../workflows/propagation/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { openTemporal, quietActivities, withWorkers, type AllActivities } from './harness.ts'

jest.setTimeout(120_000)

const change = { services: ['passwd'], priority: 3 } as const

describe('propagation/<facility>', () => {
  let temporal: TestTemporal
  beforeAll(async () => {
    temporal = await openTemporal()
  })
  afterAll(async () => temporal.close())

  async function run(facility: string, activities: Partial<AllActivities>, meanwhile = async () => Promise.resolve()) {
    return withWorkers(temporal, { ...quietActivities(), ...activities }, async () => {
      await temporal.client.workflow.signalWithStart('propagation', propagate(facility, change))
      await meanwhile()
      const result: unknown = await temporal.client.workflow.result(propagationId(facility))
      return result
    })
  }

  /** Activities that were asked for and not yet answered. */
  async function mostAtOnce(facility: string): Promise<number> {
    const { events } = await temporal.client.workflow.getHandle(propagationId(facility)).fetchHistory()
    let now = 0
    let most = 0
    for (const event of events ?? []) {
      if (event.activityTaskScheduledEventAttributes) now += 1
      if (event.activityTaskCompletedEventAttributes) now -= 1
      most = Math.max(most, now)
    }
    return most
  }

  function taken(destinations: readonly string[], troubled: readonly string[] = []): TakenSnapshot {
    return { generation: 1, isNew: true, destinations, troubled }
  }

  it('changes that arrive during a snapshot are exactly one more', async () => {
    const gate = createGate()
    let snapshots = 0
    const takeSnapshot = async () => {
      snapshots += 1
      const generation = snapshots
      if (generation === 1) await gate.opened
      return { ...taken(['copy']), generation }
    }

    const outcome = await run('folding', { takeSnapshot }, async () => {
      const handle = temporal.client.workflow.getHandle(propagationId('folding'))
      await until(() => snapshots === 1)
      for (let count = 0; count < 5; count += 1) await handle.signal(changed, change)
      gate.open()
    })

    expect({ snapshots, outcome }).toEqual({ snapshots: 2, outcome: { snapshots: 2, delivered: 2, handedOver: 0 } })
    await keepHistory(temporal.client, { workflowId: propagationId('folding'), scenario: 'folded-changes' })
  })

  it('a destination that fails its first attempt, or is in trouble already, is handed over', async () => {
    const handedOver: string[] = []
    const attempted: string[] = []

    const outcome = await run('trouble', {
      takeSnapshot: async () => taken(['good', 'bad'], ['ill']),
      attemptDelivery: async ({ destination }: AttemptInput): Promise<AttemptResult> => {
        attempted.push(destination)
        return destination === 'bad'
          ? { kind: 'failed', code: 'DESTINATION_UNREACHABLE', reason: 'refused' }
          : { kind: 'delivered', generation: 1 }
      },
      handOver: async ({ destination }) => void handedOver.push(destination),
    })

    expect({ attempted: attempted.sort(), handedOver: handedOver.sort(), outcome }).toEqual({
      attempted: ['bad', 'good'],
      handedOver: ['bad', 'ill'],
      outcome: { snapshots: 1, delivered: 1, handedOver: 2 },
    })
    await keepHistory(temporal.client, { workflowId: propagationId('trouble'), scenario: 'handed-over' })
  })

  it('what an operator keeps back is neither delivered nor handed over', async () => {
    const outcome = await run('blocked', {
      takeSnapshot: async () => taken(['good', 'blocked']),
      attemptDelivery: async ({ destination }: AttemptInput): Promise<AttemptResult> =>
        destination === 'blocked' ? { kind: 'blocked' } : { kind: 'delivered', generation: 1 },
    })

    expect(outcome).toEqual({ snapshots: 1, delivered: 1, handedOver: 0 })
    await keepHistory(temporal.client, { workflowId: propagationId('blocked'), scenario: 'blocked' })
  })

  it('a slow destination does not hold up the next snapshot', async () => {
    const gate = createGate()
    let snapshots = 0
    const attemptDelivery = async ({ destination }: AttemptInput): Promise<AttemptResult> => {
      if (destination === 'slow') await gate.opened
      return { kind: 'delivered', generation: 1 }
    }
    const takeSnapshot = async () => {
      snapshots += 1
      return taken(snapshots === 1 ? ['slow'] : ['copy'])
    }

    await run('slow', { takeSnapshot, attemptDelivery }, async () => {
      await until(() => snapshots === 1)
      await temporal.client.workflow.getHandle(propagationId('slow')).signal(changed, change)
      await until(() => snapshots === 2)
      gate.open()
    })

    expect(snapshots).toBe(2)
    await keepHistory(temporal.client, { workflowId: propagationId('slow'), scenario: 'slow-destination' })
  })

  it('a try that finds another one under way, or ends without a result, is handed over; what is gone is not', async () => {
    const handedOver: string[] = []

    const outcome = await run('ends', {
      takeSnapshot: async () => taken(['busy', 'crashing', 'gone']),
      attemptDelivery: async ({ destination }: AttemptInput): Promise<AttemptResult> => {
        if (destination === 'crashing') throw new Error('out of memory')
        return destination === 'busy' ? { kind: 'busy' } : { kind: 'gone' }
      },
      handOver: async ({ destination }) => void handedOver.push(destination),
    })

    expect({ handedOver: handedOver.sort(), outcome }).toEqual({
      handedOver: ['busy', 'crashing'],
      outcome: { snapshots: 1, delivered: 0, handedOver: 2 },
    })
    await keepHistory(temporal.client, { workflowId: propagationId('ends'), scenario: 'busy-crashed-gone' })
  })

  it('a destination that is being attempted is not attempted beside it, nor again once it has the newest snapshot', async () => {
    const gate = createGate()
    let snapshots = 0
    const now = new Map<string, number>()
    const attempted: string[] = []
    const takeSnapshot = async () => {
      snapshots += 1
      return { ...taken(['newest', 'older', 'bad']), generation: snapshots }
    }
    const attemptDelivery = async ({ destination }: AttemptInput): Promise<AttemptResult> => {
      const others = now.get(destination) ?? 0
      attempted.push(others === 0 ? destination : `${destination} beside another`)
      now.set(destination, others + 1)
      await gate.opened
      now.set(destination, others)
      if (destination === 'bad') return { kind: 'failed', code: 'DESTINATION_UNREACHABLE', reason: 'refused' }
      const isFirst = attempted.filter((name) => name === destination).length === 1
      return { kind: 'delivered', generation: destination === 'older' && isFirst ? 1 : 2 }
    }

    const outcome = await run('turns', { takeSnapshot, attemptDelivery }, async () => {
      const handle = temporal.client.workflow.getHandle(propagationId('turns'))
      await until(() => attempted.length === 3)
      await handle.signal(changed, change)
      await until(async () => (await handle.query(propagationProgress)).snapshots === 2)
      gate.open()
    })

    expect({ attempted: attempted.sort(), outcome }).toEqual({
      attempted: ['bad', 'newest', 'older', 'older'],
      outcome: { snapshots: 2, delivered: 3, handedOver: 1 },
    })
    await keepHistory(temporal.client, { workflowId: propagationId('turns'), scenario: 'one-attempt-at-a-time' })
  })

  it('a snapshot that fails holds up no other service', async () => {
    const { ApplicationFailure } = await import('@temporalio/activity')

    const outcome = await withWorkers(
      temporal,
      {
        ...quietActivities(),
        takeSnapshot: async ({ service }) => {
          if (service === 'broken') throw ApplicationFailure.nonRetryable('no such variable', 'TEMPLATE_FAILED')
          return taken(['copy'])
        },
      },
      async () => {
        const both = { services: ['broken', 'passwd'], priority: 3 }
        await temporal.client.workflow.signalWithStart('propagation', propagate('half', both))
        const result: unknown = await temporal.client.workflow.result(propagationId('half'))
        return result
      },
    )

    expect(outcome).toEqual({ snapshots: 1, delivered: 1, handedOver: 0 })
    await keepHistory(temporal.client, { workflowId: propagationId('half'), scenario: 'snapshot-failed' })
  })

  it('many in trouble are handed over, at most 20 of a service at a time', async () => {
    const ill = Array.from({ length: 50 }, (_, index) => `d${index}`)
    const handedOver: string[] = []

    await run('ailing', {
      takeSnapshot: async () => taken([], ill),
      handOver: async ({ destination }) => void handedOver.push(destination),
    })

    expect({ handedOver: [...handedOver].sort(), atOnce: await mostAtOnce('ailing') }).toEqual({
      handedOver: [...ill].sort(),
      atOnce: 20,
    })
    await keepHistory(temporal.client, { workflowId: propagationId('ailing'), scenario: 'much-trouble' })
  })

  it('more trouble than one run may hold does not keep the rest waiting', async () => {
    const ill = Array.from({ length: 1_000 }, (_, index) => `d${index}`)
    const handedOver = new Set<string>()

    const outcome = await run('ill', {
      takeSnapshot: async () => taken(['good'], ill),
      handOver: async ({ destination }) => void handedOver.add(destination),
    })

    expect({ handedOver: handedOver.size, outcome }).toEqual({
      handedOver: 1_000,
      outcome: { snapshots: 0, delivered: 1, handedOver: 0 },
    })
  })

  it('a try has time beside what it may spend at the destination, and may wait for its turn', async () => {
    const limits: unknown[] = []
    const attemptDelivery = async ({ withinMs = 0 }: AttemptInput): Promise<AttemptResult> => {
      const { startToCloseTimeoutMs, scheduleToCloseTimeoutMs } = Context.current().info
      limits.push({ besideMs: startToCloseTimeoutMs - withinMs, turnMs: scheduleToCloseTimeoutMs })
      return { kind: 'delivered', generation: 1 }
    }

    await run('spare', { takeSnapshot: async () => taken(['copy']), attemptDelivery })

    expect(limits).toEqual([{ besideMs: 25_000, turnMs: 0 }])
  })

  it('many destinations are attempted once each, at most 50 at a time, over as many runs as it takes', async () => {
    const all = Array.from({ length: 1_020 }, (_, index) => `d${index}`)
    const attempted: string[] = []
    let now = 0
    let most = 0
    const attemptDelivery = async ({ destination }: AttemptInput): Promise<AttemptResult> => {
      attempted.push(destination)
      now += 1
      most = Math.max(most, now)
      await new Promise((resolve) => setImmediate(resolve))
      now -= 1
      return { kind: 'delivered', generation: 1 }
    }

    await run('many', { takeSnapshot: async () => taken(all), attemptDelivery })

    expect({ attempted: [...attempted].sort(), isWithinLimit: most <= 50 }).toEqual({
      attempted: [...all].sort(),
      isWithinLimit: true,
    })
    const { runId } = await temporal.client.workflow.getHandle(propagationId('many')).describe()
    await keepHistory(temporal.client, { workflowId: propagationId('many'), runId, scenario: 'continued' })
  })
})

function createGate() {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => {
    open = resolve
  })
  return { opened, open: () => open() }
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10))
}
