import { describe, expect, it } from '@jest/globals'
import { pino } from 'pino'
import { openPool, type HoldWakes, type WatchedBan, type WatchedDelegation } from '../../store/index.ts'
import { createRelay, startRelay, type Relay, type RelayDependencies } from '../../worker/relay.ts'

const hpc = { facility: 'hpc', services: ['passwd'], since: new Date(1_000), wanted: '1' }
const disk = { facility: 'disk', services: ['people'], since: new Date(2_000), wanted: '2' }

describe('the relay', () => {
  it('asks for what is stale, the urgent first, also when nothing new was folded', async () => {
    const { relay, asked, world } = setUp()
    world.stale = [hpc, disk]
    world.folded = [{ facility: 'disk', priority: 1 }]

    await relay.run()

    expect(asked).toEqual(['disk people 1', 'hpc passwd 3'])
  })

  it('tells clocks once that something else is due, but until they heard it', async () => {
    const { relay, asked, world } = setUp()
    world.wakes = ['astro', 'bio']
    world.isAway = true
    await expect(relay.run()).rejects.toThrow('Temporal is away')
    world.isAway = false

    await relay.run()
    await relay.run()

    expect(asked).toEqual(['clock of astro', 'clock of bio'])
  })

  it('makes sure once that bans end, but until it is certain', async () => {
    const { relay, asked, world } = setUp()
    world.bans = [{ id: 7 }, { id: 9 }]
    world.gone = [8]
    world.isAway = true
    await expect(relay.run()).rejects.toThrow('Temporal is away')
    world.isAway = false

    await relay.run()
    await relay.run()

    expect(asked).toEqual(['end of ban 7', 'end of ban 9', 'ban 8 gone'])
  })

  it('makes sure once that delegations end, but until it is certain', async () => {
    const { relay, asked, world } = setUp()
    world.delegations = [{ id: 7 }, { id: 9, vo: 'astro' }]
    world.goneDelegations = [8]
    world.isAway = true
    await expect(relay.run()).rejects.toThrow('Temporal is away')
    world.isAway = false

    await relay.run()
    await relay.run()

    expect(asked).toEqual(['end of delegation 7', 'end of delegation 9', 'delegation 8 gone'])
  })

  it('makes sure once that applications and reviews are looked at, but until it is certain', async () => {
    const { relay, asked, world } = setUp()
    world.applications = [3, 4]
    world.over = [2]
    world.reviews = [5]
    world.isAway = true
    await expect(relay.run()).rejects.toThrow('Temporal is away')
    world.isAway = false

    await relay.run()
    await relay.run()

    expect(asked).toEqual(['application 3', 'application 4', 'application 2 ended', 'review 5'])
  })

  it('makes sure once that invitations end, and lets go of those that have ended', async () => {
    const { relay, asked, world } = setUp()
    world.invitations = [5, 6]
    world.ended = [4]
    world.isAway = true
    await expect(relay.run()).rejects.toThrow('Temporal is away')
    world.isAway = false

    await relay.run()
    await relay.run()

    expect(asked).toEqual(['end of invitation 5', 'end of invitation 6', 'invitation 4 ended'])
  })

  it('tells the holds of changes once that they began or are over, but until they heard it', async () => {
    const { relay, asked, world } = setUp()
    const held = { kind: 'act', scope: 'vo:astro', digest: 'd1', sinceAt: 1 } as const
    world.holds = [held, { ...held, digest: 'd2', closedAt: 5 }]
    world.isAway = true
    await expect(relay.run()).rejects.toThrow('Temporal is away')
    world.isAway = false

    await relay.run()
    await relay.run()

    expect(asked).toEqual(['main: act d1 in vo:astro held since 1', 'd2 in vo:astro over at 5'])
  })

  it('ends the hold of a change under the name that its VO had, and goes on under the other', async () => {
    const { relay, asked, world } = setUp()
    world.holds = [{ kind: 'act', scope: 'vo:stars', digest: 'd1', sinceAt: 1, left: ['vo:astro'] }]
    world.now = 7

    await relay.run()

    expect(asked).toEqual(['d1 in vo:astro over at 7', 'main: act d1 in vo:stars held since 1'])
  })

  it('has mail sent once, but until it is certain', async () => {
    const { relay, asked, world } = setUp()
    world.mails = ['1', '2']
    world.isAway = true
    await expect(relay.run()).rejects.toThrow('Temporal is away')
    world.isAway = false

    await relay.run()
    await relay.run()

    expect(asked).toEqual(['mail'])
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
    ['when it became stale anew', { stale: [{ ...hpc, wanted: '9' }] }],
    ['when something more was folded', { folded: [{ facility: 'hpc', priority: 3 }] }],
  ])('asks again %s', async (_, change) => {
    const { relay, asked, world } = setUp()
    world.stale = [hpc]
    await relay.run()
    Object.assign(world, change)

    await relay.run()

    expect(asked).toEqual(['hpc passwd 3', 'hpc passwd 3'])
  })

  describe('what stays stale however often it is asked for', () => {
    async function askInVain(world: World, relay: Relay, seconds: number): Promise<void> {
      for (let second = 0; second < seconds; second += 1) {
        await relay.run()
        world.now += 1_000
      }
    }

    it('is asked for ever more rarely, down to every 15 minutes', async () => {
      const { relay, askedAt, world } = setUp()
      world.stale = [hpc]

      await askInVain(world, relay, 2 * 60 * 60)

      const pauses = askedAt.slice(1).map((at, index) => (at - (askedAt[index] ?? 0)) / 1_000)
      expect(pauses).toEqual([30, 60, 120, 240, 480, 900, 900, 900, 900, 900, 900])
    })

    it.each<[string, (world: World, relay: Relay) => unknown]>([
      ['with a change', (world) => (world.stale = [{ ...hpc, wanted: '9' }])],
      ['when it starts over', (_, relay) => relay.startOver()],
    ])('is asked for as often as before %s', async (_, begin) => {
      const { relay, askedAt, world } = setUp()
      world.stale = [hpc]
      await askInVain(world, relay, 60 * 60)
      const before = askedAt.length
      const startedAt = world.now

      begin(world, relay)
      await askInVain(world, relay, 60)

      expect(askedAt.slice(before).map((at) => (at - startedAt) / 1_000)).toEqual([0, 30])
    })
  })

  it('starting over asks not once more for what is under way', async () => {
    const { relay, asked, world } = setUp()
    world.stale = [hpc]
    await relay.run()

    relay.startOver()
    await relay.run()

    expect(asked).toEqual(['hpc passwd 3'])
  })

  it('at work, a nudge lets it start over', async () => {
    const { dependencies, asked, world } = setUp()
    world.stale = [hpc]
    const running = await startRelay(dependencies)
    await until(() => asked.length === 1)
    world.now += 30_000
    running.nudge()
    await until(() => asked.length === 2)

    running.nudge()
    await until(() => asked.length === 3)
    await running.stop()

    expect(asked).toEqual(['hpc passwd 3', 'hpc passwd 3', 'hpc passwd 3'])
  })
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
}

interface World {
  stale: (typeof hpc)[]
  folded: { facility: string; priority: number }[]
  now: number
  wakes: string[]
  applications: number[]
  over: number[]
  invitations: number[]
  ended: number[]
  reviews: number[]
  bans: WatchedBan[]
  gone: number[]
  delegations: WatchedDelegation[]
  goneDelegations: number[]
  holds: HoldWakes['holds'][number][]
  mails: string[]
  isAway: boolean
}

function setUp() {
  const asked: string[] = []
  const askedAt: number[] = []
  const world: World = {
    stale: [],
    folded: [],
    now: 0,
    wakes: [],
    applications: [],
    over: [],
    invitations: [],
    ended: [],
    reviews: [],
    bans: [],
    gone: [],
    delegations: [],
    goneDelegations: [],
    holds: [],
    mails: [],
    isAway: false,
  }
  const fold: RelayDependencies['store']['foldOutbox'] = async () => ({ folded: 0, facilities: world.folded.splice(0) })
  const ask = (what: string): void => {
    if (world.isAway) throw new Error('Temporal is away')
    asked.push(what)
  }
  // No fake of ours connects.
  const pool = openPool('postgres://127.0.0.1:1/none')
  const store: RelayDependencies['store'] = {
    foldOutbox: fold,
    endPauses: async () => 0,
    resendOld: async () => 0,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-argument -- what is folded here needs no transaction
    inTransaction: async (_pool, work) => work(Object.create(null)),
    listStale: async () => world.stale,
    readWakes: async () => ({ ids: world.wakes.map((_, index) => String(index)), vos: world.wakes }),
    forgetWakes: async (_db, { ids }) => void world.wakes.splice(0, ids.length),
    readApplicationWakes: async () => ({
      ids: [...world.applications, ...world.over].map(String),
      ...{ applications: world.applications, ended: world.over },
    }),
    forgetApplicationWakes: async () => {
      world.applications = []
      world.over = []
    },
    readInvitationWakes: async () => ({
      ids: [...world.invitations, ...world.ended].map(String),
      open: world.invitations.map((id) => ({ id, vo: 'astro' })),
      ended: world.ended,
    }),
    forgetInvitationWakes: async () => {
      world.invitations = []
      world.ended = []
    },
    readReviewWakes: async () => ({ ids: world.reviews.map(String), reviews: world.reviews }),
    forgetReviewWakes: async (_db, { ids }) => void world.reviews.splice(0, ids.length),
    readBanWakes: async () => ({
      ids: [...world.bans.map(({ id }) => id), ...world.gone].map(String),
      bans: world.bans,
      gone: world.gone,
    }),
    forgetBanWakes: async () => {
      world.bans = []
      world.gone = []
    },
    readDelegationWakes: async () => ({
      ids: [...world.delegations.map(({ id }) => id), ...world.goneDelegations].map(String),
      delegations: world.delegations,
      gone: world.goneDelegations,
    }),
    forgetDelegationWakes: async () => {
      world.delegations = []
      world.goneDelegations = []
    },
    readHoldWakes: async () => ({ ids: world.holds.map(({ digest }) => digest), holds: world.holds }),
    forgetHoldWakes: async (_db, { ids }) => void world.holds.splice(0, ids.length),
    readMailWakes: async () => world.mails,
    forgetMailWakes: async (_db, ids) => void world.mails.splice(0, ids.length),
    listen: async () => async () => undefined,
  }
  const dependencies: RelayDependencies = {
    ...{
      instance: 'main',
      pool,
      store,
      reached: () => undefined,
      log: pino({ level: 'silent' }),
      now: () => world.now,
    },
    workflows: {
      propagate: async (facility, { services, priority }) => {
        asked.push(`${facility} ${services.join(',')} ${priority}`)
        askedAt.push(world.now)
      },
      wakeClock: async (vo) => ask(`clock of ${vo}`),
      watchApplication: async (id) => ask(`application ${id}`),
      finishApplication: async (id) => void asked.push(`application ${id} ended`),
      watchReview: async (id) => ask(`review ${id}`),
      watchBan: async ({ id }) => ask(`end of ban ${id}`),
      watchInvitation: async ({ id }) => ask(`end of invitation ${id}`),
      leaveInvitation: async (id) => void asked.push(`invitation ${id} ended`),
      leaveBan: async (id) => void asked.push(`ban ${id} gone`),
      watchDelegation: async ({ id }) => ask(`end of delegation ${id}`),
      leaveDelegation: async (id) => void asked.push(`delegation ${id} gone`),
      hold: async ({ instance, scope, kind = 'commit', digest, sinceAt }) =>
        ask(`${instance}: ${kind} ${digest} in ${scope} held since ${sinceAt}`),
      voidHold: async (scope, { at }, change = '') => void asked.push(`${change} in ${scope} over at ${at}`),
      sendMail: async () => ask('mail'),
    },
  }
  return { relay: createRelay(dependencies), dependencies, asked, askedAt, world }
}
