import type { Tx } from '../../pool.ts'

/** So long after its end nobody asks whose invitation it was any more. */
export const daysUntilForgotten = 90

/** Forgets the people of invitations that ended long enough before a day, the mails to them, and those that told what became of them; their numbers and ends stay. */
export async function forgetInvitationsOn(
  tx: Tx,
  { vo, day }: { readonly vo: number; readonly day: string },
): Promise<void> {
  await tx.query(
    `with forgotten as (
       update invitation set address = null, name = null, message = '', reason = '', batch = null
       where vo_id = $1 and state <> 'open' and address is not null
         and day_of(changed_at, zone_of($1)) + ${daysUntilForgotten} <= $2::date
       returning id
     ), undrafted as (
       delete from mail_draft using forgotten f where mail_draft.key >= 'invitation/' || f.id || '/' and mail_draft.key < 'invitation/' || f.id || '0'
     )
     delete from mail using forgotten f where mail.key >= 'invitation/' || f.id || '/' and mail.key < 'invitation/' || f.id || '0'`,
    [vo, day],
  )
  await tx.query(
    `delete from mail where key >= 'invitation-digest/' and key < 'invitation-digest0'
       and day_of(queued_at, zone_of($1)) + ${daysUntilForgotten} <= $2::date`,
    [vo, day],
  )
}
