import { lapsedUntil } from '../../core/model/approval.ts'
import { isWaiting } from '../holds.ts'
import type { Db } from '../pool.ts'

/** How the newest hold of a digest ended that waits no more; undefined where there is none. As of a moment one has lapsed, too, that nobody was there to close. */
export async function findClosedHold(
  db: Db,
  digest: string,
  asOf?: Date,
): Promise<{ readonly scope: string; readonly outcome: string } | undefined> {
  const { rows } = await db.query<{ scope: string; outcome: string }>(
    `select scope, coalesce(outcome, case when closed_at is null then 'lapsed' else 'closed' end) as outcome from hold
     where digest = $2 and not (${isWaiting}) order by id desc limit 1`,
    [asOf === undefined ? null : lapsedUntil(asOf), digest],
  )
  return rows[0]
}
