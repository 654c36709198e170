import {
  explain,
  listAccess,
  listDeliveries,
  listMembers,
  readOverview,
  readRuns,
  readStatus,
  type Pool,
} from '../store/index.ts'
import type { Reads } from './dependencies.ts'

/** Reads from PostgreSQL. */
export function readsFrom(pool: Pool, now: () => Date): Reads {
  return {
    ping: async () => {
      await pool.query('select 1')
    },
    status: () => readStatus(pool, now()),
    overview: () => readOverview(pool),
    runs: (limit) => readRuns(pool, limit),
    members: (of) => listMembers(pool, { ...of, askedAt: now() }),
    access: (to) => listAccess(pool, { ...to, askedAt: now() }),
    why: (question) => explain(pool, { ...question, askedAt: now() }),
    deliveries: (filter) => listDeliveries(pool, filter),
  }
}
