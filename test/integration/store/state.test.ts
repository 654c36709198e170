import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { setTimeout } from 'node:timers/promises'
import type { State } from '../../../core/model/state.ts'
import { inTransaction, type Pool } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document, row, smallWorld, stateOf } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
})

afterEach(async () => {
  await database.drop()
})

async function untilSomebodyWaits(pool: Pool): Promise<void> {
  for (let left = 500; left > 0; left -= 1) {
    const { rowCount } = await pool.query('select from pg_locks where not granted')
    if (rowCount !== 0) return
    await setTimeout(10)
  }
  throw new Error('Nobody waits for the lock')
}

it('is read as it was at one moment, also when a commit is applied meanwhile', async () => {
  const { pool } = database
  await apply(pool, smallWorld())
  const before = await stateOf(pool)

  const { reading } = await inTransaction(pool, async (tx) => {
    // The documents have been read by the time the people are waited for.
    await tx.query('lock table person in access exclusive mode')
    const held: { readonly reading: Promise<State> } = { reading: stateOf(pool) }
    await untilSomebodyWaits(pool)
    await tx.query(`insert into vo (name, spec, file, line, column_no) values ('bio', '{}', 'bio.yaml', 1, 1)`)
    await tx.query(`with made as (insert into person (identities, created_at) values ('{idp/new}', now()) returning id)
      insert into identity (ref, person_id, created_at) select 'idp/new', id, now() from made`)
    return held
  })

  expect(await reading).toEqual(before)
  await apply(pool, [add(document('Group', 'late', {}, 'bio')), row('add', 'bio/late', 'idp/new')])
  expect((await stateOf(pool)).rows.length).toBe(before.rows.length + 1)
})
