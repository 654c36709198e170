import type { Db } from './pool.ts'

const keptForMs = 90 * 24 * 60 * 60 * 1_000

/** Drops what runs of syncs came to long ago; the last complete read of each sync stays, and what came after it. */
export async function dropOldSyncRuns(db: Db, now: Date): Promise<number> {
  const { rowCount } = await db.query(
    `delete from sync_run r where r.at < $1 and r.id < (
       select max(n.id) from sync_run n where n.sync_id = r.sync_id and n.outcome in ('changed', 'unchanged'))`,
    [new Date(now.getTime() - keptForMs)],
  )
  return rowCount ?? 0
}
