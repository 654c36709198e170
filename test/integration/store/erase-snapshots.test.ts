import { afterEach, beforeEach, expect, it } from '@jest/globals'
import {
  actOnMembers,
  dropReplaced,
  eraseUsers,
  inTransaction,
  recordDelivered,
  storeSnapshot,
} from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { traces } from './traces.ts'
import { apply, change, document, smallWorld, stored } from './world.ts'

let database: TestDatabase

const now = new Date('2026-01-05T10:00:00Z')
const cause = { actor: 'local/test' }
const passwd = { facility: 'hpc', service: 'passwd' }

/** Service passwd goes to destinations one and two; somebody called zaphod is in the VO. */
beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
  const hpc = await stored(database.pool, 'Facility', 'hpc')
  const destinations = ['one', 'two'].map((name) => ({
    ...{ name, services: ['passwd'], type: 'directory', options: { path: name } },
  }))
  await apply(database.pool, [change(hpc, document('Facility', 'hpc', { ...hpc.spec, destinations }))])
  const add = { vo: 'astro', act: 'add', reason: '', cause, now, requests: [{ user: 'idp/zaphod' }] } as const
  await inTransaction(database.pool, (tx) => actOnMembers(tx, add))
})

afterEach(async () => database.drop())

/** Takes a snapshot with this content, as the activity does. */
async function take(which: typeof passwd, text: string, at = now): Promise<number> {
  const chunks = [{ file: 'people', bytes: Buffer.from(text) }]
  const isolation = 'repeatable read'
  const stored = await inTransaction(database.pool, (tx) => storeSnapshot(tx, { ...which, at, chunks }), { isolation })
  await dropReplaced(database.pool, which)
  return stored.generation
}

async function deliver(destination: string, generation: number): Promise<void> {
  await recordDelivered(database.pool, { ...passwd, destination, generation, hash: `of ${generation}`, at: now })
}

async function erase(): Promise<void> {
  const input = { users: ['idp/zaphod'], reason: 'request 7', cause, now }
  expect(await inTransaction(database.pool, (tx) => eraseUsers(tx, input))).toMatchObject([{ erased: true }])
}

async function kept(): Promise<string[]> {
  const { rows } = await database.pool.query<{ text: string }>(
    `select convert_from(bytes, 'UTF8') as text from snapshot_chunk order by 1`,
  )
  return rows.map(({ text }) => text)
}

it('files that may show somebody who is erased go at once where nobody needs them, and else with the last delivery of them', async () => {
  const first = await take(passwd, 'zaphod, first')
  for (const destination of ['one', 'two']) await deliver(destination, first)
  await take(passwd, 'zaphod, never delivered')
  await deliver('one', await take(passwd, 'zaphod, second'))
  await take({ facility: 'gone', service: 'passwd' }, 'zaphod, on a facility that is no more')
  expect(await kept()).toHaveLength(4)

  await erase()
  expect(await kept()).toEqual(['zaphod, first', 'zaphod, second'])

  const without = await take(passwd, 'nobody')
  expect(await kept()).toEqual(['nobody', 'zaphod, first', 'zaphod, second'])
  await deliver('one', without)
  expect(await kept()).toEqual(['nobody', 'zaphod, first'])
  await deliver('two', without)
  expect(await kept()).toEqual(['nobody'])
  expect(await traces(database.pool, ['zaphod'])).toEqual([])
})

it('a snapshot that had begun before the erasure and saw the person still is replaced like those before', async () => {
  await erase()
  const begun = new Date(now.getTime() + 1_000)
  await take(passwd, 'zaphod, seen before', begun)

  await take(passwd, 'nobody', new Date(now.getTime() + 2_000))

  expect(await kept()).toEqual(['nobody'])
})

it('the files of a service that was taken out are stored again when it is back', async () => {
  const gone = { facility: 'gone', service: 'passwd' }
  await take(gone, 'somebody')
  await erase()
  expect(await kept()).toEqual([])

  expect(await take({ ...gone }, 'somebody')).toBe(2)
})
