import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { AttemptInput, AttemptResult } from '../../../activities/delivery.ts'
import type { TakenSnapshot } from '../../../activities/propagation.ts'
import { changed, propagate, propagationId } from '../../../workflows/propagation/messages.ts'
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

  function taken(destinations: readonly string[], troubled: readonly string[] = []): TakenSnapshot {
    return { generation: 1, isNew: true, destinations, troubled }
  }

  it('changes that arrive during a snapshot are exactly one more', async () => {
    const gate = createGate()
    let snapshots = 0
    const takeSnapshot = async () => {
      snapshots += 1
      if (snapshots === 1) await gate.opened
      return taken(['copy'])
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

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10))
}
