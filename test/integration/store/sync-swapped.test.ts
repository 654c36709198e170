import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { SyncResult } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { prepare, syncIn } from './sync-world.ts'

let database: TestDatabase

type Values = Readonly<Record<string, string>>

beforeEach(async () => {
  database = await createTestDatabase()
  await prepare(database.pool)
  const attributes = { 'user.displayName': '${cn}', 'user.email': '${mail}' }
  await database.pool.query(`update source set spec = spec || $1 where name = 'hr'`, [{ attributes }])
  await say({ 1: 'ann', 2: 'ben', 3: 'cat', 4: 'dan' })
})

afterEach(async () => database.drop())

/** What the source says of somebody, all of it made of one name. */
const of = (name: string): Values => ({ 'user.displayName': name, 'user.email': `${name}@example.org` })

/** Who has which number at the source. */
const say = async (names: Readonly<Record<number, string | Values>>): Promise<SyncResult> =>
  syncIn(
    database.pool,
    Object.entries(names).map(([number, name]) => ({
      identity: `hr/${number}`,
      values: typeof name === 'string' ? of(name) : name,
    })),
  )

async function names(): Promise<object> {
  const { rows } = await database.pool.query<{ user: string; name: string }>(
    `select p.identities[1] as "user", v.value #>> '{}' as name from attribute_value v join person p on p.id = v.subject
     where v.attribute = 'user.displayName' and v.source = 'hr'`,
  )
  return Object.fromEntries(rows.map(({ user, name }) => [user, name]))
}

const asBefore = { 'hr/1': 'ann', 'hr/2': 'ben', 'hr/3': 'cat', 'hr/4': 'dan' }
const message = (people: string): string =>
  `source hr says of ${people} for group astro/staff what it said of others before: their logins there may have been swapped`

describe('a source that gives people the logins of others', () => {
  it.each([
    ['of two people', { 1: 'ben', 2: 'ann', 3: 'cat', 4: 'dan' }, '2 people'],
    ['of two pairs', { 1: 'ben', 2: 'ann', 3: 'dan', 4: 'cat' }, '4 people'],
    ['of everybody, by one', { 1: 'ben', 2: 'cat', 3: 'dan', 4: 'new' }, '3 people'],
    ['of one who is gone', { 1: 'ann', 2: 'ben', 3: 'dan' }, '1 person'],
  ])('is held, %s', async (_, swapped, people) => {
    const result = await say(swapped)

    expect(result).toMatchObject({ outcome: 'held' })
    expect('reasons' in result ? result.reasons.map((reason) => reason.message) : []).toContain(message(people))
    expect(await names()).toEqual(asBefore)
  })

  it.each([
    ['who marries', { 1: 'ann', 2: 'ben', 3: { ...of('cat'), 'user.displayName': 'dan' }, 4: 'dan' }],
    ['who is another person from now on', { 1: 'ann', 2: 'ben', 3: 'eve', 4: 'dan' }],
    ['who has the same name as others', { 1: 'dan', 2: 'dan', 3: 'dan', 4: 'dan' }],
  ])('is not meant by one %s', async (_, now) => {
    expect(await say(now)).toMatchObject({ outcome: 'changed' })
  })

  it('is not meant where what it says tells nobody from others', async () => {
    await database.pool.query(
      `update source set spec = jsonb_set(spec, '{attributes}', '{"user.displayName": "\${role}"}') where name = 'hr'`,
    )
    const role = (name: string): Values => ({ 'user.displayName': name })
    await database.pool.query(`delete from attribute_value where source = 'hr'`)
    await say({ 1: role('staff'), 2: role('staff'), 3: role('guest'), 4: role('guest') })

    expect(await say({ 1: role('guest'), 2: role('staff'), 3: role('staff'), 4: role('guest') })).toMatchObject({
      ...{ outcome: 'changed', values: 2 },
    })
  })
})
