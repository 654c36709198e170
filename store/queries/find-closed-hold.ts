import type { Db } from '../pool.ts'

/** How the newest hold of a digest ended; undefined where no hold of it is closed. */
export async function findClosedHold(
  db: Db,
  digest: string,
): Promise<{ readonly scope: string; readonly outcome: string } | undefined> {
  const { rows } = await db.query<{ scope: string; outcome: string }>(
    `select scope, coalesce(outcome, 'closed') as outcome from hold
     where digest = $1 and closed_at is not null order by id desc limit 1`,
    [digest],
  )
  return rows[0]
}
