import { setImmediate } from 'node:timers/promises'
import type { Pool } from '../../store/index.ts'

/** Returns once a transaction of this database waits for another one, or three seconds have passed without. */
export async function somebodyWaits(pool: Pool): Promise<void> {
  const until = performance.now() + 3_000
  const waiting = `select from pg_locks l join pg_database d on d.oid = l.database
    where d.datname = current_database() and not l.granted`
  while (performance.now() < until && (await pool.query(waiting)).rows.length === 0) await setImmediate()
}
