import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { explainMembership } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { membersIn, noon, prepare, syncIn, writtenIn } from './sync-world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await prepare(database.pool)
})

afterEach(async () => database.drop())

const now = noon('2026-02-02')
/** Both sources know ada, each by a login of its own. */
const ada = (source: string) => ({ identity: `${source}/ada`, others: [{ identity: 'idp/ada' }] })
const others = ['1', '2', '3', '4']
const say = async (source: string, isListed: boolean) =>
  syncIn(database.pool, [...(isListed ? [ada(source)] : []), ...others.map((login) => `${source}/${login}`)], {
    source,
    now,
  })
const origins = async (): Promise<unknown> => {
  const found: unknown = Reflect.get(await membersIn(database.pool, 'staff'), 'idp/ada')
  return found
}

it('whom two sources name stays as long as one of them does, and each ends only its own row', async () => {
  const seen: unknown[] = []
  for (const [hr, ldap] of [
    [true, true],
    [false, true],
    [true, true],
    [true, false],
    [false, false],
  ] as const) {
    await say('hr', hr)
    await say('ldap', ldap)
    seen.push(await origins())
  }

  expect(seen).toEqual([
    'VALID sync:hr sync:ldap',
    'VALID sync:ldap',
    'VALID sync:hr sync:ldap',
    'VALID sync:hr',
    undefined,
  ])
})

it('what two sources differ about is settled by the first runs: no later one writes anything', async () => {
  await say('hr', true)
  await say('ldap', false)
  const before = await writtenIn(database.pool)
  const outcomes: string[] = []
  for (let times = 0; times < 3; times += 1)
    for (const [source, isListed] of [
      ['hr', true],
      ['ldap', false],
    ] as const)
      outcomes.push((await say(source, isListed)).outcome)

  expect(new Set(outcomes)).toEqual(new Set(['unchanged']))
  expect(await writtenIn(database.pool)).toEqual(before)
})

it('why somebody is a member names each source that says so', async () => {
  await say('hr', true)
  await say('ldap', true)

  const { rows } = await explainMembership(database.pool, { identity: 'idp/ada', vo: 'astro', askedAt: now })
  expect(rows.filter(({ place }) => place === 'astro/staff')).toEqual([
    { place: 'astro/staff', holds: true, origin: 'sync:hr', status: 'VALID' },
    { place: 'astro/staff', holds: true, origin: 'sync:ldap', status: 'VALID' },
  ])
})
