import pg from 'pg'
import { GuildhallError } from '../core/errors.ts'
import { closeOpenTrail, forgetTrail } from './changes/trail.ts'
import { isPlanOutdated, letKeepPlans, withKeptPlans } from './kept-plans.ts'

/** Where a read may go: the pool, or a client inside a transaction. */
export type Db = pg.Pool | pg.PoolClient

/** A client inside a transaction. */
export type Tx = pg.PoolClient

export interface TransactionOptions {
  readonly isolation?: 'read committed' | 'repeatable read'
  /** How often it may be done where it and another one waited for each other, or a kept plan was outdated; more than once only where `work` does nothing but by its transaction. */
  readonly tries?: 1 | 2
  /** Whether plans of its statements are kept for the next ones; only where it is about one person, or as few. */
  readonly plans?: 'anew' | 'kept'
}

/** Of what people enter: whoever acts at the same time in other VOs is no fault of theirs. */
export const asAct = { tries: 2 } as const satisfies TransactionOptions

/** Of acts about one person, again and again. */
export const aboutOne = { ...asAct, plans: 'kept' } as const satisfies TransactionOptions

/** So old plans become, whose tables may have grown since. */
const longestLifeS = 600
/** Who acts again within a minute finds them. */
const longestIdleMs = 60_000

/** Opens a pool on a PostgreSQL address; whoever opens it ends it. */
export function openPool(url: string): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: 20,
    application_name: 'guildhall',
    // Compiling is for queries of seconds; small statements over wide views look as dear, and each would be compiled each time.
    options: '-c jit=off',
    maxLifetimeSeconds: longestLifeS,
    idleTimeoutMillis: longestIdleMs,
  })
  // An idle connection that breaks is replaced at its next use; without a listener Node would stop the process.
  pool.on('error', () => undefined)
  // One that is in use tells its query too; the event alone, without a listener, would stop the process as well.
  pool.on('connect', (client) => client.on('error', () => undefined))
  pool.on('connect', letKeepPlans)
  return pool
}

/**
 * Runs `work` in one transaction, committed when it returns, with the audit chain closed over what it recorded, and rolled back when
 * it throws. Throws VO_BUSY where it and another one waited for each other, each time it was tried.
 */
export async function inTransaction<T>(
  pool: pg.Pool,
  work: (tx: Tx) => Promise<T>,
  { isolation = 'read committed', tries = 1, plans = 'anew' }: TransactionOptions = {},
): Promise<T> {
  for (let left = tries - 1; ; left -= 1) {
    try {
      return await once(pool, work, { isolation, plans: left === tries - 1 ? plans : 'anew' })
    } catch (error) {
      if (left === 0 || !mayGoBetter(error)) throw busyIfDeadlock(error)
    }
  }
}

type Once = Required<Pick<TransactionOptions, 'isolation' | 'plans'>>

async function once<T>(pool: pg.Pool, work: (tx: Tx) => Promise<T>, { isolation, plans }: Once): Promise<T> {
  const tx = await pool.connect()
  const whole = async (): Promise<T> => {
    const done = await work(tx)
    await closeOpenTrail(tx)
    return done
  }
  try {
    await tx.query(`begin isolation level ${isolation}`)
    const result = await (plans === 'kept' ? withKeptPlans(tx, whole) : whole())
    await tx.query('commit')
    tx.release()
    return result
  } catch (error) {
    forgetTrail(tx)
    // A client that cannot even roll back is lost: it must not go back to the pool.
    const broken = await tx.query('rollback').then(
      () => false,
      () => true,
    )
    tx.release(broken || isPlanOutdated(error))
    throw error
  }
}

function mayGoBetter(error: unknown): boolean {
  return isDeadlock(error) || isPlanOutdated(error)
}

function isDeadlock(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '40P01'
}

function busyIfDeadlock(cause: unknown): unknown {
  if (!isDeadlock(cause)) return cause
  const message = 'Cannot write this: it and another change waited for each other; try again'
  return new GuildhallError('VO_BUSY', message, { facts: { scope: 'instance' }, cause })
}
