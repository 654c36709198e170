import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { actOnMembers, inTransaction } from '../../../store/index.ts'
import { nextToTry } from '../../../store/changes/rules/waiting.ts'
import { group, instance, source, vo } from '../../support/builders.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { bring } from './commits.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => database.drop())

const begin = new Date('2026-01-05T12:00:00Z')

async function inCrew(act: 'add' | 'remove', user: string): Promise<void> {
  const input = { act, vo: 'astro', group: 'crew', reason: '', cause: { actor: 'local/test' }, now: begin }
  await inTransaction(database.pool, (tx) => actOnMembers(tx, { ...input, requests: [{ user }] }))
}

async function namesToTry(): Promise<readonly string[]> {
  const { rows } = await inTransaction(database.pool, async (tx) =>
    tx.query<{ user: string }>('select identities[1] as "user" from person where id = any($1)', [
      await nextToTry(tx, { tried: [], freed: [] }),
    ]),
  )
  return rows.map(({ user }) => user)
}

it('whoever is DISABLED and waits is not tried while something else that they would come back into is full', async () => {
  await bring(
    database.pool,
    [
      ...[instance(), source('idp'), vo('astro', { members: ['idp/a', 'idp/b'] })],
      group('astro/crew', { maxMembers: 1 }),
      group('astro/proven', { where: '2 in user.loas', maxMembers: 5, allowEmpty: true }),
    ],
    begin,
  )
  await inCrew('add', 'idp/a')
  await database.pool.query(
    `with out as (
       update member mb set status = 'DISABLED', ended_by = 'clock' from identity i
       where i.ref = 'idp/a' and mb.person_id = i.person_id returning mb.person_id
     )
     insert into waiting_for_place select g.id, person_id from groups g, out where g.name = 'proven'`,
  )
  expect(await namesToTry()).toEqual(['idp/a'])

  await inCrew('add', 'idp/b')
  expect(await namesToTry()).toEqual([])
})
