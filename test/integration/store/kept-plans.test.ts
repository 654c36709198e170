import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { aboutOne, asAct, inTransaction, openPool, type Pool, type Tx } from '../../../store/index.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'

let database: TestDatabase
let pool: Pool

beforeEach(async () => {
  database = await createTestDatabase()
  pool = openPool(database.url)
  await pool.query('create table thing (name text)')
})

afterEach(async () => {
  await pool.end()
  await database.drop()
})

const one = (tx: Tx) => tx.query('select name from thing where name = $1', ['x'])
const some = (count: number) => async (tx: Tx) =>
  tx.query('select name from thing where name = any($1)', [Array.from({ length: count }, () => 'x')])
const long = (tx: Tx) => tx.query('select $1::json', [JSON.stringify('x'.repeat(5_000))])
const bare = (tx: Tx) => tx.query('select name from thing')

it.each([
  ['is kept in an act about one person', aboutOne, one, 1],
  ['is kept with a short list', aboutOne, some(32), 1],
  ['is not kept with a long list', aboutOne, some(33), 0],
  ['is not kept with a long text', aboutOne, long, 0],
  ['is not kept without values', aboutOne, bare, 0],
  ['is not kept in any other act', asAct, one, 0],
])('the plan of a statement %s', async (...[, options, work, kept]) => {
  await inTransaction(pool, work, options)
  await inTransaction(pool, work, options)

  const { rows } = await pool.query('select count(*)::integer as kept from pg_prepared_statements')
  expect(rows).toEqual([{ kept }])
})

it('no statement is compiled, which takes longer than what small ones do', async () => {
  const { rows } = await pool.query('show jit')
  expect(rows).toEqual([{ jit: 'off' }])
})

it('an act goes on by another plan where a table is another now', async () => {
  const all = async (tx: Tx) => tx.query<{ name: string }>('select t.* from thing t where name = $1', ['x'])
  await pool.query(`insert into thing values ('x')`)
  await inTransaction(pool, all, aboutOne)
  await pool.query('alter table thing add column size integer')

  expect((await inTransaction(pool, all, aboutOne)).rows).toEqual([{ name: 'x', size: null }])
})

it('what may be done once only fails once where a table is another now', async () => {
  const all = async (tx: Tx) => tx.query('select t.* from thing t where name = $1', ['x'])
  const once = { ...aboutOne, tries: 1 } as const
  await inTransaction(pool, all, once)
  await pool.query('alter table thing add column size integer')

  await expect(inTransaction(pool, all, once)).rejects.toThrow('cached plan must not change result type')
  await expect(inTransaction(pool, all, once)).resolves.toMatchObject({ rows: [] })
})
