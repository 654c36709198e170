import { afterEach, beforeEach, expect, it } from '@jest/globals'
import type { MembershipChange } from '../../../core/model/plan.ts'
import { applyChanges, inTransaction, syncMembers, takeEpoch, type Tx } from '../../../store/index.ts'
import { subjectsOf } from '../../support/subjects.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { noon, prepare } from './sync-world.ts'
import { apply, monday, row } from './world.ts'

let database: TestDatabase

beforeEach(async () => {
  database = await createTestDatabase()
  await prepare(database.pool)
  await database.pool.query(`update instance set spec = spec || '{"guard": {"add": "1000%"}}'`)
  await apply(database.pool, rowsOf('a', 180))
  await database.pool.query('analyze')
  // The connection keeps how it looked for a person while there were few.
  for (const login of ['b', 'c', 'd', 'e', 'f', 'g', 'h']) await apply(database.pool, rowsOf(login, 1))
})

afterEach(async () => database.drop())

const logins = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`)

function rowsOf(prefix: string, count: number): MembershipChange[] {
  return logins(prefix, count).map((login) => row('add', 'astro/staff', `idp/${login}`))
}

async function bySync(tx: Tx, count: number): Promise<void> {
  const { outcome } = await syncMembers(tx, {
    ...{ source: 'hr', vo: 'astro', group: 'staff', mode: 'full', authoritative: false },
    ...{ absent: { then: 'remove', runs: 1 }, now: noon('2026-02-01') },
    subjects: subjectsOf(logins('many', count).map((login) => `hr/${login}`)),
  })
  expect(outcome).toBe('changed')
}

async function byCommit(tx: Tx, count: number): Promise<void> {
  const epoch = await takeEpoch(database.pool, ['vo:astro'])
  await applyChanges(tx, {
    ...{ scope: 'vo:astro', epoch, asOf: monday, losses: [], statuses: [], phase: 'main', offers: [] },
    ...{ cause: { commit: 'c0ffee', actor: 'commit/c0ffee' }, changes: rowsOf('many', count) },
  })
}

it.each([
  ['a sync', bySync],
  ['a commit', byCommit],
])('%s of many newcomers does not read everybody once for each of them', async (...[, bring]) => {
  const read = await inTransaction(database.pool, async (tx) => {
    await bring(tx, 1_001)
    const { rows } = await tx.query<{ times: number }>(
      `select seq_scan::integer as times from pg_stat_xact_user_tables where relname = 'person'`,
    )
    return rows[0]?.times
  })

  expect(read).toBeLessThan(100)
})

it.each([
  ['a sync', bySync],
  ['a commit', byCommit],
])('%s of many newcomers lets what follows know at once how many they are', async (...[, bring]) => {
  const tables = ['identity', 'member', 'membership', 'person']
  for (const table of tables) await database.pool.query(`alter table ${table} set (autovacuum_enabled = false)`)

  await inTransaction(database.pool, async (tx) => bring(tx, 1_001))

  const { rows } = await database.pool.query<{ relname: string }>(
    'select relname from pg_class where relname = any($1) and reltuples > 1000 order by 1',
    [tables],
  )
  expect(rows.map(({ relname }) => relname)).toEqual(tables)
})
