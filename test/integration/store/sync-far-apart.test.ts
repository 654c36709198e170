import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { prepare, syncIn } from './sync-world.ts'

let database: TestDatabase

/** More than are written at once. */
const people = 2_600

beforeAll(async () => {
  database = await createTestDatabase()
  await prepare(database.pool)
  await database.pool.query(`update instance set spec = spec || '{"guard": {"add": "100000%"}}'`)
  const attributes = { 'user.login': '${login}', 'user.displayName': '${name}' }
  await database.pool.query(`update source set spec = spec || $1 where name = 'hr'`, [{ attributes }])
})

afterAll(async () => database.drop())

async function say(name: string, loginOf: (index: number) => string) {
  const subjects = Array.from({ length: people }, (_, index) => ({
    identity: `hr/${index}`,
    values: { 'user.login': loginOf(index), 'user.displayName': `${name} ${index}` },
  }))
  return syncIn(database.pool, subjects)
}

/** By the numbers of the people, which is the order in which they are written. */
async function inOrder(): Promise<readonly number[]> {
  const { rows } = await database.pool.query<{ index: number }>(
    `select substr(ref, 4)::integer as index from identity where ref like 'hr/%' order by person_id`,
  )
  return rows.map(({ index }) => index)
}

async function loginsOf(indices: readonly number[]): Promise<readonly string[]> {
  const { rows } = await database.pool.query<{ login: string }>(
    `select v.value #>> '{}' as login from unnest($1::text[]) with ordinality as x(ref, place) join identity i using (ref)
     join attribute_value v on v.attribute = 'user.login' and v.subject = i.person_id
     order by place`,
    [indices.map((index) => `hr/${index}`)],
  )
  return rows.map(({ login }) => login)
}

it('unique values go round among people however many lie between them, and one that somebody keeps is left out once', async () => {
  await say('First', (index) => `login${index}`)
  const order = await inOrder()
  const [first = 0, wanting = 0, keeping = 0] = order
  const [middle = 0, last = 0] = [order[people / 2], order[people - 1]]
  const turned = new Map([
    [first, middle],
    [middle, last],
    [last, first],
    [wanting, keeping],
  ])

  const result = await say('Second', (index) => `login${turned.get(index) ?? index}`)

  expect(result).toMatchObject({ outcome: 'changed', values: people + 3 })
  expect(result.skipped).toEqual([{ reason: 'value-taken', of: 'user.login', count: 1, identities: [`hr/${wanting}`] }])
  expect(await loginsOf([first, middle, last, wanting, keeping])).toEqual(
    [middle, last, first, wanting, keeping].map((index) => `login${index}`),
  )
})
