import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { DatabaseError } from 'pg'
import { checkedReferences, foreignKeys, orphansIn } from '../../support/orphans.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { apply, remove, row, smallWorld, stored } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await apply(database.pool, smallWorld())
})

afterEach(async () => database.drop())

describe('references', () => {
  it('are all checked, but those of history and of work that may outlive what they name', async () => {
    const { pool } = database
    const checked = [...(await foreignKeys(pool)), ...(await checkedReferences(pool))]
    const known = new Set(checked.map(({ from, column }) => `${from}.${column}`))
    const { rows } = await pool.query<{ column: string }>(
      `select table_name || '.' || column_name as column
       from information_schema.columns join information_schema.tables using (table_schema, table_name)
       where table_schema = 'public' and table_type = 'BASE TABLE' and column_name ~ '(_id|^above|^below)$'
         and data_type = any ('{integer,bigint,uuid}')
       order by 1`,
    )

    const free = rows.map(({ column }) => column).filter((column) => !known.has(column))

    expect(free.filter((column) => !/^\w+_past[.]/.test(column))).toEqual([
      'application_wake.application_id',
      'ban_wake.ban_id',
      'delegation_wake.delegation_id',
      'hold_wake.hold_id',
      'invitation_wake.invitation_id',
      // The identity by which git names somebody; it counts only while that person has it.
      'membership.identity_id',
      ...['outbox.facility_id', 'outbox.service_id'],
      'review_wake.review_id',
      // Both at once are one key to facility_service.
      ...['stale.facility_id', 'stale.service_id'],
    ])
  })

  it.each([
    [
      'a membership of a group',
      'update membership set group_id = 4711',
      'Cannot write membership.group_id: there is no groups 4711',
    ],
    [
      'a membership of a VO',
      'update membership set vo_id = 4711',
      'Cannot write membership.vo_id: there is no vo 4711',
    ],
    [
      'a membership of a person',
      'update membership set person_id = 4711',
      'Cannot write membership.person_id: there is no person 4711',
    ],
    [
      'a detail of an event',
      'update event_detail set event_id = event_id + 4711',
      /^Cannot write event_detail.event_id: there is no event \d+$/,
    ],
    [
      'a new membership',
      `insert into membership (vo_id, group_id, person_id, origin, since)
       select vo_id, group_id, 4711, origin, since from membership limit 1`,
      'Cannot write membership.person_id: there is no person 4711',
    ],
    [
      'a new detail',
      `insert into event_detail (event_id, salt, personal) values (4711, '', '{}')`,
      'Cannot write event_detail.event_id: there is no event 4711',
    ],
  ])('%s that does not exist cannot be written', async (_, sql, message) => {
    const refusal = await refusalOf(sql)

    expect(refusal).toEqual({
      code: '23503',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
  })

  it.each([
    ['a group', 'delete from closure; delete from edge; delete from resource_group; delete from groups', 'groups'],
    ['an event', 'delete from event', 'event'],
  ])('%s that something still names cannot be deleted', async (_, sql, table) => {
    const refusal = await refusalOf(sql)

    expect(refusal).toEqual({
      code: '23503',
      message: expect.stringMatching(`^Cannot delete ${table} \\d+: \\w+.\\w+ still names it$`),
    })
  })

  it('a person whose membership is all that is left cannot be deleted', async () => {
    const sql = `delete from member; delete from identity; delete from user_document; delete from person`

    expect(await refusalOf(sql)).toMatchObject({
      message: expect.stringMatching(/^Cannot delete person \d+: membership.person_id still names it$/),
    })
  })

  it('hold after members, a group, resources and a whole VO have gone', async () => {
    const { pool } = database
    const orphans = [await orphansIn(pool)]

    await apply(pool, [row('remove', 'astro/telescope:operators', 'idp/grace')])
    orphans.push(await orphansIn(pool))
    await apply(pool, [remove(await stored(pool, 'Group', 'telescope:operators'))])
    orphans.push(await orphansIn(pool))
    await apply(pool, [
      remove(await stored(pool, 'Resource', 'cluster')),
      remove(await stored(pool, 'Group', 'telescope')),
      remove(await stored(pool, 'VO', 'astro')),
    ])
    orphans.push(await orphansIn(pool))
    await apply(pool, [remove(await stored(pool, 'User', 'ada')), remove(await stored(pool, 'Facility', 'hpc'))])
    orphans.push(await orphansIn(pool))

    expect(orphans).toEqual([[], [], [], [], []])
    const { rows } = await pool.query<{ left: number }>('select count(*)::integer as left from membership')
    expect(rows).toEqual([{ left: 0 }])
  })

  it('that are broken are found by the query that the tests trust', async () => {
    const { pool } = database
    await pool.query('alter table membership disable trigger all')
    await pool.query('update membership set group_id = 4711 where group_id is not null')

    expect(new Set(await orphansIn(pool))).toEqual(new Set(['membership.group_id 4711']))
  })
})

async function refusalOf(sql: string): Promise<object> {
  try {
    await database.pool.query(sql)
  } catch (error) {
    if (error instanceof DatabaseError) return { code: error.code, message: error.message }
    throw error
  }
  return { code: 'none' }
}
