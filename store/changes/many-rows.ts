import type { Tx } from '../pool.ts'

/**
 * Where more is written, PostgreSQL would look at one row after the other: of what comes with a statement, or of tables that have
 * just been filled, it thinks that it is little.
 */
const fewRows = 1_000

/**
 * Before so many rows are written, lets PostgreSQL think anew of what the connection has asked before, checks of references too: it
 * would go on reading tables from end to end that were small then.
 */
export async function forgetPlans(tx: Tx, count: number): Promise<void> {
  if (count > fewRows) await tx.query('discard plans')
}

/** Does the work on so many rows, so that of many PostgreSQL reads whole tables. */
export async function forRows<T>(tx: Tx, count: number, work: () => Promise<T>): Promise<T> {
  if (count <= fewRows) return work()
  await tx.query('set local enable_nestloop = off')
  const result = await work()
  await tx.query('set local enable_nestloop to default')
  return result
}

/**
 * Where a transaction wrote many rows of a table, a tenth of it or more, has PostgreSQL count it anew. By itself it does so a minute
 * later, and takes a table until then for what it was: it would go through all people once for each of them.
 */
export async function countAnew(tx: Tx): Promise<void> {
  const { rows } = await tx.query<{ name: string }>(
    `select s.relname as name from pg_stat_xact_user_tables s join pg_class c on c.oid = s.relid
     where s.schemaname = current_schema and n_tup_ins + n_tup_upd + n_tup_del > greatest($1, reltuples / 10)
     order by s.relname`,
    [fewRows],
  )
  if (rows.length > 0) await tx.query(`analyze ${rows.map(({ name }) => name).join(', ')}`)
}
