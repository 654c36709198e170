import type { Tx } from '../../pool.ts'
import { recordStatuses } from '../statuses.ts'
import type { ClockTurn } from './turn.ts'
import { statusesIntoPast } from '../past.ts'

/** Makes members DISABLED who have been EXPIRED for as long as the rules of the VO say. */
export async function disableMembers(tx: Tx, { vo, moment, persons, trail }: ClockTurn): Promise<void> {
  const { rows } = await tx.query(
    `with old as materialized (select * from member where vo_id = $1 and person_id = any($2) and status = 'EXPIRED'),
     past as (${statusesIntoPast('$3')})
     update member mb set status = 'DISABLED', ended_by = 'clock', since = greatest(old.since, $3)
     from old where (mb.vo_id, mb.person_id) = (old.vo_id, old.person_id)
     returning mb.vo_id, mb.person_id, old.status as before, mb.status`,
    [vo, persons, moment],
  )
  await recordStatuses(tx, trail, rows)
}
