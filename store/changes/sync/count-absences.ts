import type { Tx } from '../../pool.ts'
import type { SyncedSet } from './find-set.ts'

/** Counts in how many complete reads people were missing, and forgets in `sync_diff` those who have not been for long enough. */
export async function countAbsences(tx: Tx, { sync }: SyncedSet, runs: number): Promise<void> {
  await tx.query(
    `delete from sync_absence a
     where a.sync_id = $1 and not exists (select from sync_diff d where d.action = 'absent' and d.person_id = a.person_id)`,
    [sync],
  )
  if (runs > 1)
    await tx.query(
      `with counted as (
         insert into sync_absence as a (sync_id, person_id, runs)
         select $1, d.person_id, 1 from sync_diff d where d.action = 'absent'
         on conflict (sync_id, person_id) do update set runs = a.runs + 1
         returning person_id, runs
       )
       delete from sync_diff d using counted c where d.action = 'absent' and d.person_id = c.person_id and c.runs < $2`,
      [sync, runs],
    )
  await tx.query(
    `delete from sync_absence a using sync_diff d
     where a.sync_id = $1 and d.action = 'absent' and d.person_id = a.person_id`,
    [sync],
  )
}
