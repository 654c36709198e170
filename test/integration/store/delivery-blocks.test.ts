import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  blockDeliveries,
  endPauses,
  foldOutbox,
  inTransaction,
  listBlocks,
  listDeliveries,
  listPending,
  listStale,
  readDestination,
  readSnapshotInput,
  readStatus,
  storeSnapshot,
  unblockDeliveries,
  verifyAudit,
  type BlockInput,
  type BlockPlace,
  type Tx,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, change, document, monday, smallWorld, stored, tuesday } from './world.ts'

let database: TestDatabase

/** At `hpc` services `passwd` and `motd` go to `copy`, and `passwd` to `login` too. */
beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
  const to = (name: string, services: readonly string[]) => ({
    name,
    services,
    type: 'directory',
    options: { path: name },
  })
  await apply(database.pool, [
    {
      ...change(await stored(database.pool, 'Service', 'passwd'), document('Service', 'motd', { generator: 'json' })),
      action: 'add',
    },
  ])
  await apply(database.pool, [
    change(
      await stored(database.pool, 'Facility', 'hpc'),
      document('Facility', 'hpc', {
        services: { passwd: {}, motd: {} },
        destinations: [to('copy', ['motd', 'passwd']), to('login', ['passwd'])],
      }),
    ),
  ])
  for (const service of ['motd', 'passwd']) {
    const chunks = [{ file: 'a', bytes: Buffer.from('text') }]
    const which = { facility: 'hpc', service }
    await inTransaction(database.pool, (tx) => storeSnapshot(tx, { ...which, at: monday, chunks }))
  }
  await settle()
})

afterEach(async () => database.drop())

/** Nothing is stale. */
async function settle(): Promise<void> {
  await inTransaction(database.pool, (tx) => foldOutbox(tx, 1_000))
  await database.pool.query('delete from stale')
}

const cause = { actor: 'local/joan', authentication: 'local' } as const

async function inTx<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
  return inTransaction(database.pool, work)
}

async function block(place: BlockPlace, more: Partial<BlockInput> = {}) {
  return inTx((tx) => blockDeliveries(tx, { place, cause, reason: 'rebuilt', now: monday, ...more }))
}

async function lift(place: BlockPlace, kind: 'block' | 'pause') {
  return inTx((tx) => unblockDeliveries(tx, { place, kind, cause, reason: 'done', now: tuesday }))
}

async function pending(): Promise<string[]> {
  return (await listPending(database.pool, 'hpc')).map(({ service, destination }) => `${service} to ${destination}`)
}

async function stale(): Promise<readonly string[]> {
  await inTransaction(database.pool, (tx) => foldOutbox(tx, 1_000))
  return (await listStale(database.pool)).flatMap(({ services }) => services)
}

async function events(): Promise<string[]> {
  const { rows } = await database.pool.query<{ line: string }>(
    `select concat_ws(' ', e.actor, e.action, e.name, d.personal) as line
     from event e join event_detail d on d.event_id = e.id where e.kind = 'Delivery' order by e.id`,
  )
  return rows.map(({ line }) => line)
}

const hour = 3_600_000

describe('a block of deliveries', () => {
  it.each<[BlockPlace, readonly string[], readonly string[]]>([
    [{ facility: 'hpc' }, [], ['motd', 'passwd']],
    [{ facility: 'hpc', service: 'passwd' }, ['motd to copy'], ['passwd']],
    [{ facility: 'hpc', destination: 'copy' }, ['passwd to login'], ['motd', 'passwd']],
    [{ facility: 'hpc', service: 'passwd', destination: 'copy' }, ['motd to copy', 'passwd to login'], ['passwd']],
  ])('of %j keeps that back and nothing else, and has it go out once it is lifted', async (place, others, services) => {
    const all = await pending()

    const { changed } = await block(place)

    const during = { changed, pending: await pending(), stale: await stale() }
    const lifted = await lift(place, 'block')
    expect(during).toEqual({ changed: true, pending: others, stale: [] })
    expect({ all, reason: lifted?.reason, pending: await pending(), stale: await stale() }).toEqual({
      all: ['motd to copy', 'passwd to copy', 'passwd to login'],
      reason: 'rebuilt',
      pending: all,
      stale: services,
    })
  })

  it('is told to whoever would deliver, and shown with who, why and since when', async () => {
    await block({ facility: 'hpc', service: 'passwd', destination: 'login' })

    const lines = await listDeliveries(database.pool, { service: 'passwd' })
    const told = { by: 'local/joan', reason: 'rebuilt', since: monday.toISOString(), until: null }
    expect(lines.map(({ destination, state, block: shown }) => [destination, state, shown])).toEqual([
      ['copy', 'pending', undefined],
      ['login', 'blocked', { kind: 'block', ...told }],
    ])
    const key = { facility: 'hpc', service: 'passwd' }
    const [copy, login] = [
      await readDestination(database.pool, { ...key, destination: 'copy' }),
      await readDestination(database.pool, { ...key, destination: 'login' }),
    ]
    expect([copy?.isBlocked, login?.isBlocked]).toEqual([false, true])
    expect((await readStatus(database.pool, monday)).blocks).toEqual([
      {
        ...{ kind: 'block', facility: 'hpc', service: 'passwd', destination: 'login', user: null },
        ...{ ...told, authentication: 'local' },
      },
    ])
  })

  it('stands once however often it is asked for, and each thing that happened is one event', async () => {
    const place = { facility: 'hpc' }
    const first = await block(place)
    const second = await block(place, { reason: 'again', now: tuesday })
    const lifted = [await lift(place, 'block'), await lift(place, 'block')]

    expect([first.changed, second.changed, second.block.reason]).toEqual([true, false, 'rebuilt'])
    expect(lifted.map((one) => one !== undefined)).toEqual([true, false])
    expect(await events()).toEqual([
      'local/joan block hpc {"reason": "rebuilt"}',
      'local/joan unblock hpc {"reason": "done"}',
    ])
    expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
  })

  it.each<[BlockPlace, string]>([
    [{ facility: 'hcp' }, 'Cannot block facility "hcp": it is not in force; did you mean "hpc"?'],
    [
      { facility: 'hpc', service: 'passwdd' },
      'Cannot block service "passwdd": facility "hpc" does not have it; did you mean "passwd"?',
    ],
    [
      { facility: 'hpc', service: 'motd', destination: 'login' },
      'Cannot block destination "login": service "motd" at facility "hpc" has none of this name; expected one of "copy"',
    ],
  ])('of what is not there is refused: %j', async (place, message) => {
    await expect(block(place)).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN', message })
  })
})

describe('a pause', () => {
  it('is over by itself at its end, and has what it kept back go out', async () => {
    const place = { facility: 'hpc', service: 'passwd' }
    const until = new Date(monday.getTime() + hour)
    await block(place, { until })

    const early = await inTx((tx) => endPauses(tx, new Date(until.getTime() - 1)))
    const states = (await listDeliveries(database.pool, { service: 'passwd' })).map(({ state }) => state)
    const kept = { early, states, pending: await pending() }
    const ended = [await inTx((tx) => endPauses(tx, until)), await inTx((tx) => endPauses(tx, until))]

    expect(kept).toEqual({ early: 0, states: ['paused', 'paused'], pending: ['motd to copy'] })
    expect(ended).toEqual([1, 0])
    expect({ pending: await pending(), stale: await stale(), blocks: await listBlocks(database.pool) }).toEqual({
      pending: ['motd to copy', 'passwd to copy', 'passwd to login'],
      stale: ['passwd'],
      blocks: [],
    })
    const moment = until.toISOString()
    expect(await events()).toEqual([
      `local/joan pause hpc/passwd {"until": "${moment}", "reason": "rebuilt"}`,
      `clock unpause hpc/passwd {"until": "${moment}"}`,
    ])
  })

  it('gets a later end, never an earlier one', async () => {
    const place = { facility: 'hpc' }
    const ends = [2, 1, 3].map((hours) => new Date(monday.getTime() + hours * hour))
    const answers = []
    for (const until of ends) answers.push(await block(place, { until }))

    expect(answers.map(({ changed, block: { until } }) => [changed, until])).toEqual([
      [true, ends[0]?.toISOString()],
      [false, ends[0]?.toISOString()],
      [true, ends[2]?.toISOString()],
    ])
  })

  it('beside a block of the same leaves that standing', async () => {
    const place = { facility: 'hpc' }
    await block(place)
    await block(place, { until: tuesday })

    const states = [await pending(), (await lift(place, 'pause'))?.kind, await pending(), await lift(place, 'pause')]

    expect(states).toEqual([[], 'pause', [], undefined])
  })
})

describe('a block of a person', () => {
  async function shown(service: string) {
    return inTransaction(
      database.pool,
      async (tx) => {
        const input = await readSnapshotInput(
          tx,
          { facility: 'hpc', service },
          { carriesStatus: true, requires: [], uses: [] },
        )
        const people: string[] = []
        for await (const accounts of input.accounts())
          people.push(...accounts.map(({ identities }) => String(identities[0])))
        const leftOut: string[] = []
        for await (const { user, reason } of input.leftOut()) leftOut.push(`${user} ${reason}`)
        return { people, leftOut }
      },
      { isolation: 'repeatable read' },
    )
  }

  it.each<BlockPlace>([{ user: 'idp/ada' }, { user: 'github/ada', facility: 'hpc' }])(
    'leaves them out of the files with a word, and keeps nobody else out: %j',
    async (place) => {
      const before = await shown('passwd')

      await block(place)

      const told = { shown: await shown('passwd'), stale: await stale(), pending: (await pending()).length }
      await settle()
      await lift(place, 'block')
      expect(before).toEqual({ people: ['idp/ada', 'idp/grace'], leftOut: [] })
      expect(told).toEqual({
        shown: { people: ['idp/grace'], leftOut: ['idp/ada is blocked by an operator'] },
        stale: ['passwd'],
        pending: 3,
      })
      expect({ shown: await shown('passwd'), stale: await stale() }).toEqual({ shown: before, stale: ['passwd'] })
    },
  )

  it('of nobody is refused', async () => {
    await expect(block({ user: 'idp/nobody' })).rejects.toMatchObject({ code: 'IDENTITY_UNKNOWN' })
  })
})
