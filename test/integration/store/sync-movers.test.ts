import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { membersIn, noon, prepare, syncIn } from './sync-world.ts'
import { add, apply, change, document, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await prepare(database.pool)
  const { spec } = await stored(database.pool, 'VO', 'astro')
  await apply(database.pool, [
    change(
      await stored(database.pool, 'VO', 'astro'),
      document('VO', 'astro', { ...spec, expiration: { extendBy: 'P1Y' } }),
    ),
    ...['a', 'b'].map((name) => add(document('Group', name, { allowEmpty: true }, 'astro'))),
  ])
})

afterEach(async () => database.drop())

const say = async (group: string, subjects: readonly string[], day: string) =>
  syncIn(database.pool, subjects, { group, now: noon(day) })

const ann = async (): Promise<unknown> => {
  const found: unknown = Reflect.get(await membersIn(database.pool), 'hr/ann')
  return found
}

it('who moves between groups that are read one after the other has the whole term from the day of leaving the last', async () => {
  await say('a', ['hr/ann', 'hr/ben'], '2026-02-01')
  await say('a', ['hr/ben'], '2026-03-01')
  const between = await ann()
  await say('b', ['hr/ann'], '2026-03-01')
  const moved = await ann()
  await say('b', [], '2026-05-01')

  expect([between, moved, await ann()]).toEqual([
    'VALID 2027-03-01 manager',
    'VALID sync:hr',
    'VALID 2027-05-01 manager',
  ])
})

it('who moves keeps what a manager gave', async () => {
  await say('a', ['hr/ann', 'hr/ben'], '2026-02-01')
  await database.pool.query(
    `insert into membership (vo_id, person_id, origin, expires, since, actor)
     select vo.id, i.person_id, 'manager', '2029-01-01', now(), 'idp/ada' from vo, identity i where i.ref = 'hr/ann'`,
  )
  await say('a', ['hr/ben'], '2026-03-01')
  await say('b', ['hr/ann'], '2026-03-01')

  expect(await ann()).toBe('VALID manager sync:hr')
})
