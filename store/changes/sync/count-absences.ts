import { windowStart } from '../../../core/config/guard-window.ts'
import type { Tx } from '../../pool.ts'
import type { SyncedSet } from './find-set.ts'

/** When an absence counts: once it was so in so many complete reads in a row, the first of which is so long ago. */
export interface AbsenceTerm {
  readonly runs: number
  /** ISO 8601; at once where absent. */
  readonly for?: string | undefined
}

/** Counts in how many complete reads people were missing, and forgets in `sync_diff` those who have not been for long enough. */
export async function countAbsences(
  tx: Tx,
  { sync }: SyncedSet,
  { absent, now }: { readonly absent: AbsenceTerm; readonly now: Date },
): Promise<void> {
  await tx.query(
    `delete from sync_absence a
     where a.sync_id = $1 and not exists (select from sync_diff d where d.action = 'absent' and d.person_id = a.person_id)`,
    [sync],
  )
  const latest = absent.for === undefined ? now : windowStart(absent.for, now.getTime())
  if (absent.runs > 1 || absent.for !== undefined)
    await tx.query(
      `with counted as (
         insert into sync_absence as a (sync_id, person_id, runs, since)
         select $1, d.person_id, 1, $3 from sync_diff d where d.action = 'absent'
         on conflict (sync_id, person_id) do update set runs = least(a.runs + 1, 30000)
         returning person_id, runs, since
       )
       delete from sync_diff d using counted c
       where d.action = 'absent' and d.person_id = c.person_id and (c.runs < $2 or c.since > $4)`,
      [sync, absent.runs, now, latest],
    )
  await tx.query(
    `delete from sync_absence a using sync_diff d
     where a.sync_id = $1 and d.action = 'absent' and d.person_id = a.person_id`,
    [sync],
  )
}
