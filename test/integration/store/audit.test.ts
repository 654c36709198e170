import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { verifyAudit } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, row, smallWorld } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
  await apply(database.pool, [row('add', 'astro', 'idp/linus'), row('add', 'astro/telescope', 'idp/linus')])
})

afterEach(async () => {
  await database.drop()
})

it('finds an untouched trail valid', async () => {
  expect(await verifyAudit(database.pool)).toMatchObject({ valid: true, transactions: 3 })
})

it('stays valid when the personal part of an event is erased', async () => {
  await database.pool.query('delete from event_detail where event_id = 1')

  expect(await verifyAudit(database.pool)).toMatchObject({ valid: true })
})

it.each([
  {
    what: 'an edited event',
    sql: `update event set name = 'other' where id = 3`,
    firstBad: { transaction: 1, event: 3, reason: 'the event is not what was written' },
  },
  {
    what: 'an edited personal part',
    sql: `update event_detail set personal = '{}' where event_id = 4`,
    firstBad: { transaction: 1, event: 4, reason: 'the event is not what was written' },
  },
  {
    what: 'a deleted event',
    sql: `delete from event where id = 2`,
    firstBad: { transaction: 1, reason: 'an event was removed' },
  },
  {
    what: 'an inserted event',
    sql: `insert into event (batch, at, actor, commit, action, kind, vo, name, detail_hash, hash)
      select batch, at, actor, commit, action, kind, vo, name, detail_hash, hash from event where id = 2`,
    firstBad: { transaction: 1, reason: 'an event was inserted' },
  },
  {
    what: 'a deleted transaction',
    sql: `delete from chain where number = 2`,
    firstBad: { transaction: 2, reason: 'a transaction is missing from the chain' },
  },
  {
    what: 'two events in another order',
    sql: `update event_detail set event_id = -event_id where event_id in (2, 3);
      with two as (select * from event where id in (2, 3)), gone as (delete from event where id in (2, 3))
      insert into event overriding system value
      select 100000 + 5 - id, batch, at, actor, authentication, commit, action, kind, vo, name, detail_hash, hash from two`,
    firstBad: { transaction: 1, reason: expect.stringContaining('not in this order') },
  },
  {
    what: 'a tail cut off',
    sql: `delete from event where batch = (select batch from chain where number = 3); delete from chain where number = 3`,
    firstBad: { transaction: 3, reason: 'the newest transactions are missing' },
  },
])('finds $what', async ({ sql, firstBad }) => {
  // Who falsifies the trail switches off what checks references.
  const falsify = [`set session_replication_role = replica`, sql, `set session_replication_role = origin`]
  await database.pool.query(falsify.join(`; `))

  expect(await verifyAudit(database.pool)).toMatchObject({ valid: false, firstBad })
})
