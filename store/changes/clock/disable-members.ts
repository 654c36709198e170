import type { Tx } from '../../pool.ts'
import { recordStatuses } from '../statuses.ts'
import type { ClockTurn } from './turn.ts'

/** Makes members DISABLED who have been EXPIRED for as long as the rules of the VO say. */
export async function disableMembers(tx: Tx, { vo, moment, persons, trail }: ClockTurn): Promise<void> {
  const { rows } = await tx.query(
    `with old as materialized (select * from member where vo_id = $1 and person_id = any($2) and status = 'EXPIRED'),
     past as (
       insert into member_past (vo_id, person_id, status, began, ended, ended_by, reason)
       select vo_id, person_id, status, since, $3, ended_by, reason from old where since < $3
     )
     update member mb set status = 'DISABLED', ended_by = 'clock', since = greatest(old.since, $3)
     from old where (mb.vo_id, mb.person_id) = (old.vo_id, old.person_id)
     returning mb.vo_id, mb.person_id, old.status as before, mb.status`,
    [vo, persons, moment],
  )
  await recordStatuses(tx, trail, rows)
}
