import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  blockDeliveries,
  deliverAgain,
  foldOutbox,
  inTransaction,
  listDeliveries,
  listPending,
  listStale,
  readDestination,
  recordDelivered,
  recordFailed,
  resendOld,
  storeSnapshot,
  type AgainInput,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, change, document, monday, smallWorld, stored } from './world.ts'

let database: TestDatabase

const hosts = Array.from({ length: 20 }, (_, index) => `host${index}`)
const dayMs = 86_400_000
const cause = { actor: 'local/joan', authentication: 'local' } as const

/** `passwd`, sent again after two days, was delivered on Monday to `copy` and twenty hosts. */
beforeEach(async () => {
  database = await createTestDatabase()
  const { pool } = database
  await apply(pool, smallWorld())
  const to = (name: string) => ({ name, services: ['passwd'], type: 'directory', options: { path: name } })
  const facility = document('Facility', 'hpc', { services: { passwd: {} }, destinations: ['copy', ...hosts].map(to) })
  await apply(pool, [change(await stored(pool, 'Facility', 'hpc'), facility)])
  const service = document('Service', 'passwd', { generator: 'passwd', resend: 'P2D' })
  await apply(pool, [change(await stored(pool, 'Service', 'passwd'), service)])
  const which = { facility: 'hpc', service: 'passwd' }
  const chunks = [{ file: 'a', bytes: Buffer.from('text') }]
  const { generation, hash } = await inTransaction(pool, (tx) => storeSnapshot(tx, { ...which, at: monday, chunks }))
  for (const destination of ['copy', ...hosts])
    await recordDelivered(pool, { ...which, destination, generation, hash, at: monday })
  await settle()
})

afterEach(async () => database.drop())

async function settle(): Promise<void> {
  await inTransaction(database.pool, (tx) => foldOutbox(tx, 1_000))
  await database.pool.query('delete from stale')
}

async function again(place: AgainInput['place'], kind: AgainInput['kind'] = 'force') {
  return inTransaction(database.pool, (tx) => deliverAgain(tx, { place, kind, cause, now: later(1) }))
}

async function pending(): Promise<string[]> {
  return (await listPending(database.pool, 'hpc')).map(({ destination }) => destination)
}

function later(days: number): Date {
  return new Date(monday.getTime() + days * dayMs)
}

async function resend(days: number, limit = 1_000): Promise<number> {
  return inTransaction(database.pool, (tx) => resendOld(tx, { now: later(days), limit }))
}

const key = { facility: 'hpc', service: 'passwd', destination: 'copy' } as const

describe('what is to be delivered again', () => {
  it('is pending until it was, is asked for at once, and no longer than that', async () => {
    const before = await pending()
    const answers = await again({ facility: 'hpc', destination: 'copy' })
    const { folded, facilities } = await inTransaction(database.pool, (tx) => foldOutbox(tx, 10))
    const during = { pending: await pending(), stale: (await listStale(database.pool)).length }
    const declared = await readDestination(database.pool, key)
    const lines = await listDeliveries(database.pool, { destination: 'copy' })

    const { generation = 0, hash = '' } = declared?.delivered ?? {}
    await recordDelivered(database.pool, { ...key, generation, hash, at: later(1), againAt: declared?.againAt })

    expect({ before, answers, folded, facilities, during }).toEqual({
      before: [],
      answers: [{ ...key, again: true }],
      folded: 1,
      facilities: [{ facility: 'hpc', priority: 2 }],
      during: { pending: ['copy'], stale: 1 },
    })
    expect([declared?.againAt, lines[0]?.state]).toEqual([later(1), 'pending'])
    expect(await pending()).toEqual([])
  })

  it('still is after a delivery that had begun before somebody asked', async () => {
    const { delivered } = (await readDestination(database.pool, key)) ?? {}
    await again({ facility: 'hpc', destination: 'copy' })

    const { generation = 0, hash = '' } = delivered ?? {}
    await recordDelivered(database.pool, { ...key, generation, hash, at: later(1) })

    expect(await pending()).toEqual(['copy'])
  })

  it('that fails is in trouble like any other delivery', async () => {
    await again({ facility: 'hpc', destination: 'copy' })
    await recordFailed(database.pool, { ...key, generation: 1, error: 'refused', at: later(1) })

    const [line] = await listDeliveries(database.pool, { destination: 'copy' })

    expect(line).toMatchObject({ state: 'failing', failures: 1, error: 'refused' })
  })

  it('is all of a service, after what waits; what is blocked stays', async () => {
    const place = { facility: 'hpc', destination: 'copy' }
    await inTransaction(database.pool, (tx) => blockDeliveries(tx, { place, cause, reason: 'no', now: monday }))
    const answers = await again({ service: 'passwd' }, 'resend')
    const { facilities } = await inTransaction(database.pool, (tx) => foldOutbox(tx, 10))

    expect(answers.filter((one) => !one.again)).toEqual([{ ...key, again: false }])
    expect([(await pending()).length, facilities]).toEqual([hosts.length, [{ facility: 'hpc', priority: 5 }]])
  })

  it('of what is not there is refused', async () => {
    await expect(again({ facility: 'hcp' })).rejects.toMatchObject({ code: 'OBJECT_UNKNOWN' })
  })
})

describe('a service that is sent again after some time', () => {
  it('goes out in the last quarter of it, not all at once and never later', async () => {
    const counts = [await resend(1.49), await resend(1.75), await resend(2), await resend(2)]
    const all = hosts.length + 1

    expect([counts[0], counts[3], (counts[1] ?? 0) + (counts[2] ?? 0)]).toEqual([0, 0, all])
    expect(counts[1]).toBeGreaterThan(0)
    expect(counts[2]).toBeGreaterThan(0)
    expect((await pending()).length).toBe(all)
  })

  it('after an outage goes out some at a time', async () => {
    const counts = [await resend(30, 15), await resend(30, 15), await resend(30, 15)]

    expect(counts).toEqual([15, hosts.length + 1 - 15, 0])
  })

  it('leaves alone what is in trouble, and services that say nothing', async () => {
    const { pool } = database
    await pool.query(`update delivery set failures = 1, failing_since = $1`, [monday])
    const troubled = await resend(3)
    await pool.query(`update delivery set failures = 0, failing_since = null`)
    const service = document('Service', 'passwd', { generator: 'passwd' })
    await apply(pool, [change(await stored(pool, 'Service', 'passwd'), service)])

    expect([troubled, await resend(3)]).toEqual([0, 0])
  })
})
