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
