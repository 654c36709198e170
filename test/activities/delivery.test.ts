import { describe, expect, it } from '@jest/globals'
import { MockActivityEnvironment } from '@temporalio/testing'
import { createDeliveryActivities, type AttemptInput, type DeliveryDependencies } from '../../activities/delivery.ts'
import type { Destination } from '../../connectors/destination.ts'
import { GuildhallError } from '../../core/errors.ts'
import { openPool } from '../../store/index.ts'
import { destinationEnvironment } from '../connectors/destination-rig.ts'

const input: AttemptInput = { facility: 'hpc', service: 'passwd', destination: 'login1', at: 1_000, withinMs: 50 }

describe('an attempt to deliver', () => {
  it('what lies there already is not sent again', async () => {
    const { attempt, calls } = setUp({ delivered: { generation: 4, hash: 'h4' } })

    expect({ result: await attempt(), calls }).toEqual({ result: { kind: 'delivered', generation: 4 }, calls: [] })
  })

  it('what arrives is noted with the generation that the destination confirms', async () => {
    const { attempt, calls } = setUp({})

    expect({ result: await attempt(), calls }).toEqual({
      result: { kind: 'delivered', generation: 4 },
      calls: ['deliver 4', 'delivered 4'],
    })
  })

  it('what is older than what lies there is a failure that is noted, and overwrites nothing', async () => {
    const refuse = async () => {
      throw new GuildhallError('DELIVERY_REFUSED', 'Cannot install generation 4: generation 5 is there')
    }
    const { attempt, calls } = setUp({ deliver: refuse })

    expect({ result: await attempt(), calls }).toEqual({
      result: {
        kind: 'failed',
        code: 'DELIVERY_REFUSED',
        reason: 'Cannot install generation 4: generation 5 is there',
      },
      calls: ['failed 4'],
    })
  })

  it('a destination that does not answer in time is given up', async () => {
    const hang: Destination['deliver'] = async (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      })
    const { attempt } = setUp({ deliver: hang })

    expect(await attempt()).toEqual({
      kind: 'failed',
      code: 'DESTINATION_UNREACHABLE',
      reason: 'the attempt took too long',
    })
  })

  it('with an open circuit the destination is asked first', async () => {
    const { attempt, calls } = setUp({})

    await attempt({ ...input, isProbed: true })

    expect(calls).toEqual(['check', 'deliver 4', 'delivered 4'])
  })

  it('while somebody else delivers there it does nothing', async () => {
    const { attempt, calls } = setUp({ isLocked: true })

    expect({ result: await attempt(), calls }).toEqual({ result: { kind: 'busy' }, calls: [] })
  })

  it('what an operator keeps back is not sent, and is no failure', async () => {
    const { attempt, calls } = setUp({ isBlocked: true })

    expect({ result: await attempt(), calls }).toEqual({ result: { kind: 'blocked' }, calls: [] })
  })

  it('what has to wait for another service is not sent, and is no failure', async () => {
    const { attempt, calls } = setUp({ isWaiting: true })

    expect({ result: await attempt(), calls }).toEqual({ result: { kind: 'waiting' }, calls: [] })
  })

  it('what arrives names what waited for it', async () => {
    const { attempt } = setUp({ freed: ['homes'] })

    expect(await attempt()).toEqual({ kind: 'delivered', generation: 4, frees: ['homes'] })
  })

  it('a destination that is not declared is gone', async () => {
    const { attempt } = setUp({ isDeclared: false })

    expect(await attempt()).toEqual({ kind: 'gone' })
  })
})

interface World {
  readonly isWaiting?: boolean
  readonly freed?: readonly string[]
  readonly isBlocked?: boolean
  readonly delivered?: { readonly generation: number; readonly hash: string }
  readonly deliver?: Destination['deliver']
  readonly isLocked?: boolean
  readonly isDeclared?: boolean
}

function setUp({
  delivered,
  deliver,
  isLocked = false,
  isDeclared = true,
  isBlocked = false,
  isWaiting = false,
  freed = [],
}: World) {
  const isAwaited = freed.length > 0
  const calls: string[] = []
  const send: Destination['deliver'] = async ({ generation, hash }) => {
    calls.push(`deliver ${generation}`)
    return { generation, hash, changed: true }
  }
  const destination: Destination = {
    check: async () => void calls.push('check'),
    deliver: deliver ?? send,
    observe: () => Promise.reject(new Error('nobody observes here')),
  }
  const snapshot = { facility: 'hpc', service: 'passwd', generation: 4, hash: 'h4', files: [], read: () => nothing() }
  const store: DeliveryDependencies['store'] = {
    readApplied: async () => ({}),
    withDeliveryLock: async (_pool, _key, work) => (isLocked ? undefined : work()),
    readDestination: async () =>
      isDeclared
        ? {
            type: 'test',
            options: {},
            isAwaited,
            isBlocked,
            isWaiting,
            ...(delivered === undefined ? {} : { delivered }),
          }
        : undefined,
    listFreed: async () => (isAwaited ? [...freed] : Promise.reject(new Error('nobody waits'))),
    openStoredSnapshot: async () => snapshot,
    recordDelivered: async (_db, { generation }) => void calls.push(`delivered ${generation}`),
    recordFailed: async (_db, { generation }) => void calls.push(`failed ${generation}`),
  }
  const dependencies = {
    store,
    destinationTypes: new Map([['test', { type: 'test', create: () => destination }]]),
    environment: () => destinationEnvironment(),
    readFile: async () => undefined,
    reached: () => undefined,
  }
  // No fake of ours connects.
  const pool = openPool('postgres://127.0.0.1:1/none')
  const { attemptDelivery } = createDeliveryActivities({ ...dependencies, pool })
  const attempt = async (asked = input): Promise<unknown> => new MockActivityEnvironment().run(attemptDelivery, asked)
  return { attempt, calls }
}

async function* nothing(): AsyncIterable<Uint8Array> {
  yield* []
}
