import { windowStart } from '../../../core/config/guard-window.ts'
import type { Tx } from '../../pool.ts'

/** When an absence counts: once it was so in so many complete reads in a row, the first of which is so long ago. */
export interface AbsenceTerm {
  readonly runs: number
  /** ISO 8601; at once where absent. */
  readonly for?: string | undefined
}

/** Who is absent, and from which of the run's places, of which some have two names. */
const absent = `
  select distinct p.sync_id, d.person_id from sync_diff d join sync_place p on p.group_id is not distinct from d.group_id
  where d.action = 'absent'`

/** Counts in how many complete reads people were missing, and forgets in `sync_diff` those who have not been for long enough. */
export async function countAbsences(
  tx: Tx,
  { absent: term, now }: { readonly absent: AbsenceTerm; readonly now: Date },
): Promise<void> {
  await tx.query(
    `delete from sync_absence a
     where a.sync_id in (select sync_id from sync_place)
       and not exists (select from (${absent}) d where (d.sync_id, d.person_id) = (a.sync_id, a.person_id))`,
  )
  const latest = term.for === undefined ? now : windowStart(term.for, now.getTime())
  if (term.runs > 1 || term.for !== undefined)
    await tx.query(
      `with counted as (
         insert into sync_absence as a (sync_id, person_id, runs, since)
         select d.sync_id, d.person_id, 1, $2 from (${absent}) d
         on conflict (sync_id, person_id) do update set runs = least(a.runs + 1, 30000)
         returning sync_id, person_id, runs, since
       )
       delete from sync_diff d using counted c join sync_place p on p.sync_id = c.sync_id
       where d.action = 'absent' and d.person_id = c.person_id and p.group_id is not distinct from d.group_id
         and (c.runs < $1 or c.since > $3)`,
      [term.runs, now, latest],
    )
  await tx.query(
    `delete from sync_absence a using (${absent}) d
     where (d.sync_id, d.person_id) = (a.sync_id, a.person_id)`,
  )
}
