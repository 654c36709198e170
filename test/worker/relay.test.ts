import { describe, expect, it } from '@jest/globals'
import { pino } from 'pino'
import { openPool } from '../../store/index.ts'
import { createRelay, type RelayDependencies } from '../../worker/relay.ts'

const hpc = { facility: 'hpc', services: ['passwd'], since: new Date(1_000) }
const disk = { facility: 'disk', services: ['people'], since: new Date(2_000) }

describe('the relay', () => {
  it('asks for what is stale, the urgent first, also when nothing new was folded', async () => {
    const { relay, asked, world } = setUp()
    world.stale = [hpc, disk]
    world.folded = [{ facility: 'disk', priority: 1 }]

    await relay.run()

    expect(asked).toEqual(['disk people 1', 'hpc passwd 3'])
  })

  it('does not ask again at once for what it asked for', async () => {
    const { relay, asked, world } = setUp()
    world.stale = [hpc]
    await relay.run()
    world.now += 29_000

    await relay.run()

    expect(asked).toEqual(['hpc passwd 3'])
  })

  it.each([
    ['after half a minute, because the workflow may be lost', { now: 30_000 }],
    ['when it became stale anew', { stale: [{ ...hpc, since: new Date(9_000) }] }],
    ['when something more was folded', { folded: [{ facility: 'hpc', priority: 3 }] }],
  ])('asks again %s', async (_, change) => {
    const { relay, asked, world } = setUp()
    world.stale = [hpc]
    await relay.run()
    Object.assign(world, change)

    await relay.run()

    expect(asked).toEqual(['hpc passwd 3', 'hpc passwd 3'])
  })
})

function setUp() {
  const asked: string[] = []
  const world: {
    stale: (typeof hpc)[]
    folded: { facility: string; priority: number }[]
    now: number
  } = { stale: [], folded: [], now: 0 }
  const fold: RelayDependencies['store']['foldOutbox'] = async () => ({ folded: 0, facilities: world.folded.splice(0) })
  // No fake of ours connects.
  const pool = openPool('postgres://127.0.0.1:1/none')
  const store: RelayDependencies['store'] = {
    foldOutbox: fold,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-argument -- what is folded here needs no transaction
    inTransaction: async (_pool, work) => work(Object.create(null)),
    listStale: async () => world.stale,
    listen: async () => async () => undefined,
  }
  const relay = createRelay({
    ...{ pool, store, reached: () => undefined, log: pino({ level: 'silent' }), now: () => world.now },
    workflows: {
      propagate: async (facility, { services, priority }) =>
        void asked.push(`${facility} ${services.join(',')} ${priority}`),
    },
  })
  return { relay, asked, world }
}
