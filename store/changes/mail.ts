import { createHash } from 'node:crypto'
import type { Pool, PoolClient } from 'pg'
import { GuildhallError } from '../../core/errors.ts'
import type { Db, Tx } from '../pool.ts'
import { withKey } from './keys.ts'

/** A mail to be sent once. */
export interface NewMail {
  /** Names what it says: a second mail with the same key is never made. */
  readonly key: string
  readonly recipient: string
  readonly subject: string
  readonly body: string
  /** Whom it goes to; null for who is not known. */
  readonly person: number | null
  /** Null where it is about none. */
  readonly vo: number | null
  readonly application?: number | null
  /** Notices that it tells. */
  readonly notices: readonly string[]
}

/** A mail that is to be tried now. */
export interface DueMail {
  readonly id: string
  readonly messageId: string
  readonly recipient: string
  readonly subject: string
  readonly body: string
  readonly date: Date
  /** Attempts before this one. */
  readonly attempts: number
}

/** How an attempt ended, and when the next one comes. */
export interface AttemptEnd {
  readonly id: string
  readonly state: 'queued' | 'sent' | 'unknown' | 'failed' | 'overtaken'
  readonly reply: string
  readonly at: Date
  /** Of `queued`. */
  readonly nextAt?: Date
}

/**
 * Queues mails in the caller's transaction; those whose key is known already are left as they are, but for one that was overtaken: it
 * was never sent, and is to be said after all.
 */
export async function queueMails(tx: Tx, mails: readonly NewMail[], at: Date): Promise<number> {
  if (mails.length === 0) return 0
  const rows = mails.map(({ notices, ...mail }) => ({
    ...mail,
    notices: notices.map(String),
    id: messageIdOf(mail.key),
  }))
  const { rowCount } = await tx.query(
    `with asked as materialized (
       select x.*, x.id || '@' || coalesce((select spec->>'authority' from instance limit 1), 'guildhall.invalid') as message_id
       from json_to_recordset($1::json) as x(
         key text, id text, recipient text, subject text, body text, person integer, vo integer, application integer, notices bigint[])
     ), queued as (
       insert into mail (key, message_id, recipient, subject, body, person_id, vo_id, application_id, queued_at, next_attempt_at)
       select key, message_id, recipient, subject, body, person, vo, application, $2, $2 from asked order by key
       on conflict (key) do update
       set recipient = excluded.recipient, subject = excluded.subject, body = excluded.body, state = 'queued', attempts = 0,
         queued_at = excluded.queued_at, next_attempt_at = excluded.next_attempt_at, ended_at = null, reply = null
       where mail.state = 'overtaken'
       returning id, key
     ), told as (
       update notice n set mail_id = coalesce(queued.id, known.id)
       from asked left join queued using (key) left join mail known using (key) where n.id = any(asked.notices)
     ), woken as (
       insert into mail_wake select from queued limit 1 returning 1
     ), hinted as materialized (
       select pg_notify('guildhall_outbox', '') from woken
     )
     select queued.id from queued left join hinted on true`,
    [JSON.stringify(rows), at],
  )
  return rowCount ?? 0
}

/** The same for the same mail, and nothing that tells whom it is about. */
function messageIdOf(key: string): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 40)
}

/** Advisory lock of the one who sends mail; it lies beside those of deliveries. */
const family = 52

/** What the one who sends mail may do; it is over when the connection is. */
export interface MailSender {
  /** Mails whose time has come, and earlier ones to the same people, which go before; those that were overtaken are put aside. */
  due(now: Date, atMost: number): Promise<DueMail[]>
  /** Puts into a mail what it brings and what is kept nowhere: a key. */
  complete(mail: DueMail): Promise<DueMail>
  /** Notes that the mail is about to be whole at the server; false where it must not be sent any more. */
  begin(id: string): Promise<boolean>
  end(end: AttemptEnd): Promise<void>
}

/**
 * Lets one at a time send mail: undefined where somebody else does. What somebody began to hand over and never noted the end of
 * may have arrived, so it becomes `unknown` and is not sent again by itself.
 */
export async function withMailSender<T>(
  pool: Pool,
  now: Date,
  work: (sender: MailSender) => Promise<T>,
): Promise<T | undefined> {
  const client = await pool.connect()
  let broken: Error | undefined
  const note = (error: Error): void => void (broken = error)
  client.on('error', note)
  try {
    const { rows } = await client.query<{ ok: boolean }>('select pg_try_advisory_lock($1, 0) as ok', [family])
    if (rows[0]?.ok !== true) return undefined
    try {
      await client.query(
        `update mail set state = 'unknown', ended_at = $1, reply = 'lost while the server was taking it' where state = 'ending'`,
        [now],
      )
      return await work(senderOn(client))
    } finally {
      await client.query('select pg_advisory_unlock($1, 0)', [family]).catch(note)
    }
  } finally {
    client.off('error', note)
    client.release(broken)
  }
}

/** All on the connection that holds the lock: whoever lost it can begin nothing any more. */
function senderOn(client: PoolClient): MailSender {
  return {
    due: async (now, atMost) => {
      await client.query(puttingAside(`state = 'queued' and next_attempt_at <= $1 and is_overtaken(id)`), [now])
      const { rows } = await client.query<DueMail>(
        `with due as materialized (
           select id, person_id from mail where state = 'queued' and next_attempt_at <= $1 order by next_attempt_at, id limit $2
         ), earlier as (
           select m.id from due join mail m on m.person_id = due.person_id and m.id < due.id and m.state = 'queued'
         )
         select id::text, message_id as "messageId", recipient, subject, body, queued_at as date, attempts
         from mail where id in (select id from due union select id from earlier) order by mail.id`,
        [now, atMost],
      )
      return rows
    },
    complete: async (mail) => withKey(client, mail),
    begin: async (id) => {
      const { rowCount } = await client.query(
        `update mail set state = 'ending' where id = $1 and state = 'queued' and not is_overtaken(id)`,
        [id],
      )
      return rowCount === 1
    },
    end: async (end) => noteEnd(client, end),
  }
}

const updateEnd = `update mail set state = $2, reply = $3, attempts = attempts + 1, next_attempt_at = coalesce($5, next_attempt_at),
    ended_at = case when $2 = 'queued' then null else $4::timestamptz end
  where id = $1`

async function noteEnd(db: Db, { id, state, reply, at, nextAt }: AttemptEnd, only = ''): Promise<void> {
  await db.query(`${updateEnd} ${only}`, [id, state, reply.slice(0, 500), at, nextAt ?? null])
}

/**
 * Notes what came of a mail by another connection than the one that holds the lock, where that is lost; what is known need not become
 * `unknown`. Whoever sends by then has called it so, and that stays.
 */
export async function endLate(pool: Pool, end: AttemptEnd): Promise<void> {
  await noteEnd(pool, end, `and state = 'ending'`)
}

/**
 * Puts aside, in the caller's transaction, mails that tell sponsors of these guests and wait, or might be sent again. One that may have
 * arrived is told by no other.
 */
export async function putAsideMailsAbout(tx: Tx, guests: readonly number[], at: Date): Promise<void> {
  const tellsOfThem = 'id in (select n.mail_id from notice n where n.guest_id = any($2))'
  await tx.query(puttingAside(`state in ('queued', 'failed') and ${tellsOfThem}`), [at, guests])
  await tx.query(`update mail set state = 'overtaken', ended_at = $1 where state = 'unknown' and ${tellsOfThem}`, [
    at,
    guests,
  ])
}

/** At $1; what else such a mail was to tell is told by another one. */
const puttingAside = (which: string): string =>
  `with gone as (
     update mail set state = 'overtaken', ended_at = $1 where ${which} returning id
   ), freed as (
     update notice n set mail_id = null from gone where n.mail_id = gone.id and why_untold(n) is null returning n.vo_id
   )
   insert into clock_wake (vo) select distinct vo.name from freed join vo on vo.id = freed.vo_id`

/** Lets mails be tried again that are `unknown` or `failed`; returns their keys. MAIL_REFUSED where one is not there, or stands otherwise. */
export async function resendMails(tx: Tx, keys: readonly string[], at: Date): Promise<void> {
  const { rows } = await tx.query<{ key: string }>(
    `update mail set state = 'queued', next_attempt_at = $2, ended_at = null
     where key = any($1) and state in ('unknown', 'failed') returning key`,
    [keys, at],
  )
  const resent = new Set(rows.map(({ key }) => key))
  const [missing] = keys.filter((key) => !resent.has(key))
  if (missing !== undefined) throw await notResendable(tx, missing)
  await tx.query(`with woken as (insert into mail_wake default values) select pg_notify('guildhall_outbox', '')`)
}

async function notResendable(db: Db, key: string): Promise<GuildhallError> {
  const { rows } = await db.query<{ state: string }>('select state from mail where key = $1', [key])
  const [found] = rows
  const why =
    found === undefined ? 'there is no such mail; `guildhall mail list` shows what there is' : whyNot(found.state)
  return new GuildhallError('MAIL_REFUSED', `Cannot send mail "${key}" again: ${why}`, { facts: { key } })
}

function whyNot(state: string): string {
  switch (state) {
    case 'overtaken':
      return 'it is overtaken: what it told is not so any more, or of somebody who was erased; what still is so is told by another mail'
    case 'sent':
      return 'it is sent, and the mail server took it; only those that are unknown or failed go out again'
    default:
      return `it is ${state}, and goes out by itself; only those that are unknown or failed are sent again`
  }
}
