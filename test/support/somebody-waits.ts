import { setImmediate } from 'node:timers/promises'
import type { Pool } from '../../store/index.ts'

/** Returns as soon as a transaction of this database waits for another one. */
export async function somebodyWaits(pool: Pool): Promise<void> {
  const waiting = `select from pg_locks where not granted
    and pid in (select pid from pg_stat_activity where datname = current_database())`
  while ((await pool.query(waiting)).rows.length === 0) await setImmediate()
}
