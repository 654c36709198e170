import type { IdentityRef } from '../core/model/state.ts'
import type { Db } from './pool.ts'

/** Where a mail stands. */
export type MailState = 'queued' | 'ending' | 'sent' | 'unknown' | 'failed' | 'overtaken'

/** What was never made a mail of, as no address of its reader is known. */
export type Unaddressed = 'no-address'

/** A mail as people look it up. */
export interface ListedMail {
  readonly key: string
  /** Whom it is about; null for nobody in particular. */
  readonly user: IdentityRef | null
  /** Null where no address is known. */
  readonly recipient: string | null
  /** Of what was never made a mail of: the event, or the kind of the notice. */
  readonly subject: string
  readonly state: MailState | Unaddressed
  readonly attempts: number
  readonly queuedAt: Date
  readonly endedAt: Date | null
  /** What the mail server said last. */
  readonly reply: string | null
}

/** Lists mails, the newest first; those that are done only where they are asked for. */
export async function listMails(
  db: Db,
  { state, atMost }: { readonly state: MailState | Unaddressed | undefined; readonly atMost: number },
): Promise<ListedMail[]> {
  if (state === 'no-address') return listUnaddressed(db, atMost)
  const { rows } = await db.query<ListedMail>(
    `select m.key, p.identities[1] as "user", m.recipient, m.subject, m.state, m.attempts, m.queued_at as "queuedAt",
       m.ended_at as "endedAt", m.reply
     from mail m left join person p on p.id = m.person_id
     where $1::text is null or m.state = $1 order by m.id desc limit $2`,
    [state ?? null, atMost],
  )
  return rows
}

/** What nobody could be told for want of an address, the newest first: drafts, and notices of ends. */
async function listUnaddressed(db: Db, atMost: number): Promise<ListedMail[]> {
  const { rows } = await db.query<ListedMail>(
    `select u.key, p.identities[1] as "user", null as recipient, u.subject, 'no-address' as state, 0 as attempts, u.at as "queuedAt",
       null::timestamptz as "endedAt", null as reply
     from (
       select key, person_id, event as subject, at from mail_draft where untold = 'no-address'
       union all
       select 'notice/' || id, person_id, kind, due_at from notice where untold = 'no-address'
     ) u left join person p on p.id = u.person_id
     order by u.at desc, u.key limit $1`,
    [atMost],
  )
  return rows
}

/** Mail that somebody should know of: how many mails are in each state that is no end, or no good one. */
export async function countMails(db: Db): Promise<Readonly<Record<'waiting' | 'unknown' | 'failed', number>>> {
  const { rows } = await db.query<{ waiting: number; unknown: number; failed: number }>(
    `select count(*) filter (where state in ('queued', 'ending'))::integer as waiting,
       count(*) filter (where state = 'unknown')::integer as unknown,
       count(*) filter (where state = 'failed')::integer as failed
     from mail where state in ('queued', 'ending', 'unknown', 'failed')`,
  )
  return rows[0] ?? { waiting: 0, unknown: 0, failed: 0 }
}

/** Tells when a mail is to be tried next; undefined where none waits. */
export async function nextMailAt(db: Db): Promise<Date | undefined> {
  const { rows } = await db.query<{ at: Date | null }>(
    `select min(next_attempt_at) as at from mail where state in ('queued', 'ending')`,
  )
  return rows[0]?.at ?? undefined
}

/** Tells whether mails wait to be sent, or drafts of which no mail was made yet. */
export async function isMailWaiting(db: Db): Promise<boolean> {
  const { rows } = await db.query<{ waits: boolean }>(
    `select exists (select from mail where state in ('queued', 'ending')) or exists (select from mail_draft where untold is null) as waits`,
  )
  return rows[0]?.waits === true
}

/** Rows that say that there is mail to send. */
export async function readMailWakes(db: Db): Promise<readonly string[]> {
  const { rows } = await db.query<{ id: string }>('select id::text from mail_wake order by id limit 10000')
  return rows.map(({ id }) => id)
}

/** Acknowledges exactly these rows: ids commit out of order. */
export async function forgetMailWakes(db: Db, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.query('delete from mail_wake where id = any($1::bigint[])', [ids])
}
