import { noticesDue } from '../../due-notices.ts'
import type { Tx } from '../../pool.ts'
import type { ClockTurn } from './turn.ts'

/** Notes each notice that is due, once for whom it is about, kind and date; mails come later, one for all notices of a person. */
export async function noteNotices(tx: Tx, { vo, day, moment, persons }: ClockTurn): Promise<void> {
  await tx.query(
    `insert into notice (vo_id, group_id, person_id, guest_id, kind, date, due_at)
     select $1::integer, due.group_id, due.person_id, due.guest_id, due.kind, due.date, $4
     from (${noticesDue}) due where due.day = $2 and due.person_id = any($3)
     on conflict do nothing`,
    [vo, day, persons, moment],
  )
}
