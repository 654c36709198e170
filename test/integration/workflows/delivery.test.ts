import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { AttemptInput, AttemptResult } from '../../../activities/delivery.ts'
import { deliveryId, keepDelivering, newer, type Trouble } from '../../../workflows/delivery/messages.ts'
import { needsHumanAttribute, stateAttribute } from '../../../workflows/search-attributes.ts'
import { keepHistory } from '../../replay/recorder.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { openTemporal, quietActivities, withWorkers } from './harness.ts'

jest.setTimeout(60_000)

const hourMs = 3_600_000
const down = { kind: 'failed', code: 'DESTINATION_UNREACHABLE', reason: 'connection refused' } as const
const there = { kind: 'delivered', generation: 3 } as const

describe('delivery/<facility>/<service>/<destination>', () => {
  let temporal: TestTemporal
  beforeAll(async () => {
    temporal = await openTemporal()
  })
  afterAll(async () => temporal.close())

  function targetFor(destination: string) {
    return { facility: 'hpc', service: 'passwd', destination }
  }

  /** Runs a delivery whose attempts end as `results` say, the last one again and again. */
  async function deliver(
    { destination, trouble }: { destination: string; trouble?: Trouble },
    results: readonly AttemptResult[],
    meanwhile: (attempts: readonly AttemptInput[]) => Promise<void> = async () => undefined,
  ) {
    const target = targetFor(destination)
    const attempts: AttemptInput[] = []
    const attemptDelivery = async (input: AttemptInput): Promise<AttemptResult> => {
      attempts.push(input)
      return results[Math.min(attempts.length, results.length) - 1] ?? there
    }
    const outcome = await withWorkers(temporal, { ...quietActivities(), attemptDelivery }, async () => {
      const { workflow } = temporal.client
      await workflow.signalWithStart('delivery', keepDelivering(target, trouble))
      await meanwhile(attempts)
      const result: unknown = await workflow.result(deliveryId(target))
      return result
    })
    return { attempts, outcome }
  }

  it('a destination that comes back is delivered to, after waits that double', async () => {
    const { attempts, outcome } = await deliver({ destination: 'flaky' }, [down, down, down, down, there], async () =>
      skipTime(temporal.client, { workflowId: deliveryId(targetFor('flaky')) }),
    )

    const waits = attempts.slice(1).map(({ at }, index) => at - (attempts[index]?.at ?? 0))
    const isWaited = (plainMs: number, ms = 0) => ms >= plainMs * 0.75
    expect(outcome).toEqual({ kind: 'delivered', attempts: 5 })
    expect([1_000, 2_000, 4_000, 8_000].filter((plainMs, index) => !isWaited(plainMs, waits[index]))).toEqual([])
    await keepHistory(temporal.client, { workflowId: deliveryId(targetFor('flaky')), scenario: 'back-after-failures' })
  })

  it('a newer snapshot is tried at once, whatever the wait', async () => {
    const now = Date.now()
    const trouble = { failures: 3, sinceAt: now - hourMs, nextAt: now + hourMs, reason: 'refused' }
    const handle = temporal.client.workflow.getHandle(deliveryId(targetFor('woken')))

    const { attempts } = await deliver({ destination: 'woken', trouble }, [down, there], async (made) => {
      while (made.length === 0) await handle.signal(newer)
      while ((await handle.query<Trouble>('trouble')).failures < 4) await pause()
      await handle.signal(newer)
    })

    expect(attempts.at(-1)?.at).toBeLessThan(now + hourMs / 2)
    await keepHistory(temporal.client, { workflowId: deliveryId(targetFor('woken')), scenario: 'woken-by-newer' })
  })

  it('after a day of failures it is degraded and asks for a person, probes first, and does not give up', async () => {
    const now = Date.now()
    const trouble = { failures: 90, sinceAt: now - 25 * hourMs, nextAt: now, reason: 'refused' }
    const handle = temporal.client.workflow.getHandle(deliveryId(targetFor('dead')))
    let seen: unknown[] = []

    const { attempts, outcome } = await deliver({ destination: 'dead', trouble }, [down, there], async () => {
      while ((await handle.query<Trouble>('trouble')).failures < 91) await pause()
      const { typedSearchAttributes } = await handle.describe()
      seen = [typedSearchAttributes.get(stateAttribute), typedSearchAttributes.get(needsHumanAttribute)]
      await handle.signal(newer)
    })

    expect(seen).toEqual(['degraded', 'yes'])
    expect(attempts.map(({ isProbed }) => isProbed)).toEqual([true, true])
    expect(outcome).toMatchObject({ kind: 'delivered' })
    await keepHistory(temporal.client, { workflowId: deliveryId(targetFor('dead')), scenario: 'degraded' })
  })

  it('a destination that is no longer declared ends it', async () => {
    const { outcome } = await deliver({ destination: 'gone' }, [{ kind: 'gone' }])

    expect(outcome).toEqual({ kind: 'gone', attempts: 1 })
    await keepHistory(temporal.client, { workflowId: deliveryId(targetFor('gone')), scenario: 'gone' })
  })

  it('a destination that an operator blocks ends it', async () => {
    const { outcome } = await deliver({ destination: 'blocked' }, [down, { kind: 'blocked' }], async () =>
      skipTime(temporal.client, { workflowId: deliveryId(targetFor('blocked')) }),
    )

    expect(outcome).toEqual({ kind: 'blocked', attempts: 2 })
    await keepHistory(temporal.client, { workflowId: deliveryId(targetFor('blocked')), scenario: 'blocked' })
  })

  it('an attempt that finds another one under way is no failure of the destination', async () => {
    const { outcome } = await deliver({ destination: 'busy' }, [{ kind: 'busy' }, there], async () =>
      skipTime(temporal.client, { workflowId: deliveryId(targetFor('busy')) }),
    )

    expect(outcome).toEqual({ kind: 'delivered', attempts: 2 })
    await keepHistory(temporal.client, { workflowId: deliveryId(targetFor('busy')), scenario: 'busy' })
  })

  it('what is newer than the snapshot being delivered is delivered at once', async () => {
    const handle = temporal.client.workflow.getHandle(deliveryId(targetFor('newest')))
    const target = targetFor('newest')
    let attempts = 0
    const attemptDelivery = async () => {
      attempts += 1
      if (attempts === 1) await handle.signal(newer)
      return there
    }

    const outcome = await withWorkers(temporal, { ...quietActivities(), attemptDelivery }, async () => {
      await temporal.client.workflow.signalWithStart('delivery', keepDelivering(target))
      const result: unknown = await handle.result()
      return result
    })

    expect({ attempts, outcome }).toEqual({ attempts: 2, outcome: { kind: 'delivered', attempts: 2 } })
    await keepHistory(temporal.client, { workflowId: deliveryId(target), scenario: 'newer-while-delivering' })
  })

  it('an attempt that ends without a result counts as a failure', async () => {
    const target = targetFor('crashing')
    let attempts = 0
    const attemptDelivery = async () => {
      attempts += 1
      if (attempts === 1) throw new Error('out of memory')
      return there
    }

    const outcome = await withWorkers(temporal, { ...quietActivities(), attemptDelivery }, async () => {
      await temporal.client.workflow.signalWithStart('delivery', keepDelivering(target))
      const result: unknown = await temporal.client.workflow.result(deliveryId(target))
      return result
    })

    expect(outcome).toEqual({ kind: 'delivered', attempts: 2 })
    await keepHistory(temporal.client, { workflowId: deliveryId(target), scenario: 'attempt-crashed' })
  })
})

async function pause(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20))
}
