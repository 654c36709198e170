import type { Pool, PoolClient } from 'pg'
import type { DeliveryKey } from './deliveries.ts'

/** The first number of our two-part advisory locks for deliveries; those of locks.ts lie below it. */
const family = 51

/** Locks of all deliveries of a process lie on one connection: with one each, 50 at once would empty the pool. */
interface LockHolder {
  readonly connected: Promise<PoolClient>
  readonly forget: () => void
  /** Deliveries that have come and not gone; an idle process keeps no connection, so that ending the pool waits for none. */
  users: number
  /** The session itself would be let through a second time. */
  readonly held: Set<string>
  /** The newest statement on the connection: it takes one at a time, and the deliveries ask when they like. */
  asked: Promise<unknown>
}

const holders = new WeakMap<Pool, LockHolder>()

/** Runs the work while nobody else, here or in another process, delivers there; undefined where somebody does. */
export async function withDeliveryLock<T>(
  pool: Pool,
  key: DeliveryKey,
  work: () => Promise<T>,
): Promise<T | undefined> {
  const name = JSON.stringify([key.facility, key.service, key.destination])
  const holder = join(pool)
  try {
    return await alone(holder, name, work)
  } finally {
    await leave(pool, holder)
  }
}

async function alone<T>(holder: LockHolder, name: string, work: () => Promise<T>): Promise<T | undefined> {
  if (holder.held.has(name)) return undefined
  holder.held.add(name)
  try {
    if (!(await ask(holder, 'pg_try_advisory_lock', name))) return undefined
    try {
      return await work()
    } finally {
      // A session that broke has let go of everything by itself.
      await ask(holder, 'pg_advisory_unlock', name).catch(() => undefined)
    }
  } finally {
    holder.held.delete(name)
  }
}

/** Counted before anything is waited for, so that nobody who leaves takes the connection away. */
function join(pool: Pool): LockHolder {
  const holder = holders.get(pool) ?? open(pool)
  holder.users += 1
  return holder
}

function open(pool: Pool): LockHolder {
  // With its connection the locks are gone: the next delivery opens another.
  const forget = () => void holders.delete(pool)
  const connected = pool.connect().then((client) => client.once('error', forget))
  const holder = { connected, forget, users: 0, held: new Set<string>(), asked: Promise.resolve() }
  holders.set(pool, holder)
  return holder
}

async function leave(pool: Pool, holder: LockHolder): Promise<void> {
  holder.users -= 1
  if (holder.users > 0) return
  if (holders.get(pool) === holder) holders.delete(pool)
  await holder.connected.then(
    (client) => client.off('error', holder.forget).release(),
    () => undefined,
  )
}

async function ask(holder: LockHolder, call: string, name: string): Promise<boolean> {
  const answer = holder.asked.then(async () => {
    const client = await holder.connected
    return client.query<{ ok: boolean }>(`select ${call}($1, hashtext($2)) as ok`, [family, name])
  })
  holder.asked = answer.catch(() => undefined)
  const { rows } = await answer
  return rows[0]?.ok === true
}
