/**
 * How notices of something that begins are inserted: each is noted once, but one that was overtaken waits again, for what it tells
 * has begun again before anybody was told.
 */
export const notedOnce = `on conflict (vo_id, group_id, person_id, guest_id, kind, date) do update
  set mail_id = null, untold = null, due_at = excluded.due_at
  where notice.untold = 'overtaken' or exists (select from mail where mail.id = notice.mail_id and mail.state = 'overtaken')`
