import type { Pool, PoolClient } from 'pg'
import type { DeliveryKey } from './deliveries.ts'

/** The first number of our two-part advisory locks for deliveries; those of locks.ts lie below it. */
const family = 51

/** Locks of all deliveries of a process lie on one connection: with one each, 50 at once would empty the pool. */
interface LockHolder {
  readonly client: PoolClient
  /** The session itself would be let through a second time. */
  readonly held: Set<string>
  /** The newest statement on the connection: it takes one at a time, and the deliveries ask when they like. */
  asked: Promise<unknown>
}

const holders = new WeakMap<Pool, Promise<LockHolder>>()

/** Runs the work while nobody else, here or in another process, delivers there; undefined where somebody does. */
export async function withDeliveryLock<T>(
  pool: Pool,
  key: DeliveryKey,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const name = JSON.stringify([key.facility, key.service, key.destination])
  const holder = await holderOf(pool)
  if (holder.held.has(name)) return undefined
  holder.held.add(name)
  try {
    return await underLock(holder, name, work)
  } finally {
    holder.held.delete(name)
    await letGo(pool, holder)
  }
}

async function underLock<T>(holder: LockHolder, name: string, work: () => Promise<T>): Promise<T | undefined> {
  if (!(await ask(holder, 'pg_try_advisory_lock', name))) return undefined
  try {
    return await work()
  } finally {
    // A session that broke has let go of everything by itself.
    await ask(holder, 'pg_advisory_unlock', name).catch(() => undefined)
  }
}

async function holderOf(pool: Pool): Promise<LockHolder> {
  const known = holders.get(pool)
  if (known !== undefined) return known
  const opening = open(pool)
  holders.set(pool, opening)
  opening.catch(() => holders.delete(pool))
  return opening
}

async function open(pool: Pool): Promise<LockHolder> {
  const client = await pool.connect()
  // With its connection the locks are gone: the next delivery opens another.
  client.once('error', () => holders.delete(pool))
  return { client, held: new Set(), asked: Promise.resolve() }
}

/** An idle process keeps no connection for locks, so that ending the pool does not wait for one. */
async function letGo(pool: Pool, holder: LockHolder): Promise<void> {
  const current = await holders.get(pool)
  if (holder.held.size > 0) return
  if (current === holder) holders.delete(pool)
  holder.client.release()
}

async function ask(holder: LockHolder, call: string, name: string): Promise<boolean> {
  const answer = holder.asked.then(async () =>
    holder.client.query<{ ok: boolean }>(`select ${call}($1, hashtext($2)) as ok`, [family, name]),
  )
  holder.asked = answer.catch(() => undefined)
  const { rows } = await answer
  return rows[0]?.ok === true
}
