import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import {
  dropOldSnapshots,
  inTransaction,
  listPastDeliveries,
  recordDelivered,
  recordFailed,
  storeSnapshot,
} from '../../../store/index.ts'
import { run } from '../../cli/run-program.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, smallWorld } from './world.ts'

const which = { facility: 'hpc', service: 'passwd' }
const place = { ...which, destination: 'copy' }
const noon = (day: string): Date => new Date(`${day}T12:00:00Z`)

describe('what had been delivered where', () => {
  let database: TestDatabase
  const hashes: string[] = []
  beforeAll(async () => {
    database = await createTestDatabase()
    await apply(database.pool, smallWorld())
    await snapshot('1', '2026-03-01')
    await recordDelivered(database.pool, { ...place, generation: 1, hash: hashes[0] ?? '', at: noon('2026-03-02') })
    await snapshot('2', '2026-03-10')
    for (const [day, error] of [
      ['2026-03-11', 'no route'],
      ['2026-03-12', 'refused'],
    ] as const)
      await recordFailed(database.pool, { ...place, generation: 2, error, at: noon(day) })
    await recordDelivered(database.pool, { ...place, generation: 2, hash: hashes[1] ?? '', at: noon('2026-03-20') })
    await snapshot('3', '2026-03-25')
    await recordDelivered(database.pool, { ...place, generation: 3, hash: hashes[2] ?? '', at: noon('2026-03-25') })
    await dropOldSnapshots(database.pool, noon('2026-04-01'))
    await database.pool.query('delete from destination')
  })
  afterAll(async () => database.drop())

  async function snapshot(text: string, day: string): Promise<void> {
    const chunks = [{ file: 'passwd', bytes: Buffer.from(text) }]
    const { hash } = await inTransaction(
      database.pool,
      (tx) => storeSnapshot(tx, { ...which, at: noon(day), chunks }),
      { isolation: 'repeatable read' },
    )
    hashes.push(hash)
  }

  const nothing = { at: null, since: null, error: null }
  const first = { generation: 1, delivered: 1, at: '2026-03-02T12:00:00.000Z' }

  it.each([
    ['2026-03-02', 'delivered', first],
    ['2026-03-10', 'pending', { ...first, generation: 2 }],
    ['2026-03-15', 'failing', { ...first, generation: 2, since: '2026-03-11T12:00:00.000Z', error: 'no route' }],
    ['2026-03-20', 'delivered', { generation: 2, delivered: 2, at: '2026-03-20T12:00:00.000Z' }],
    ['2026-04-15', 'delivered', { generation: 3, delivered: 3, at: '2026-03-25T12:00:00.000Z' }],
  ])('on %s was %s, also of snapshots and places that are gone', async (asOf, state, expected) => {
    const [found, ...others] = await listPastDeliveries(database.pool, { asOf })

    const hash = hashes[expected.delivered - 1]
    expect([found, others]).toEqual([{ ...place, state, hash, ...nothing, ...expected }, []])
  })

  it('is nothing before the first attempt, and answers for a moment too', async () => {
    expect(await listPastDeliveries(database.pool, { asOf: '2026-03-01' })).toEqual([])
    expect(await listPastDeliveries(database.pool, { asOf: new Date('2026-03-02T11:59:59Z') })).toEqual([])
    expect(await listPastDeliveries(database.pool, { asOf: noon('2026-03-15'), state: 'delivered' })).toEqual([])
  })

  it('is told by `guildhall deliveries --as-of`', async () => {
    const env = { DATABASE_URL: database.url }
    const { stdout } = await run(['deliveries', '--as-of', '2026-03-15'], { env })
    const json = await run(['deliveries', '--as-of', '2026-03-15T12:00:00Z', '--facility', 'hpc', '--json'], { env })
    const none = await run(['deliveries', '--as-of', '2026-02-01'], { env })

    expect(stdout).toMatch(
      /hpc +passwd +copy +failing +1 of 2 +2026-03-02 12:00 UTC +since 2026-03-11 12:00 UTC: no route/,
    )
    expect(JSON.parse(json.stdout)).toMatchObject({ deliveries: [{ ...place, state: 'failing', delivered: 1 }] })
    expect(none.stdout).toBe('Nothing of this had been delivered or tried then.\n')
  })
})
