import type { Tx } from '../../pool.ts'

/** Has invitations looked at that end by a workflow of their own: they may end at another moment, or have ended. */
export async function wakeInvitations(tx: Tx, ids: readonly number[]): Promise<void> {
  await tx.query(
    `with woken as (
       insert into invitation_wake (invitation_id) select id from invitation where id = any($1) and not is_ended_by_clock returning 1)
     select pg_notify('guildhall_outbox', '') from woken limit 1`,
    [ids],
  )
}
