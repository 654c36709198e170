import { createHash, randomBytes } from 'node:crypto'
import { keyPlace } from '../../core/notifications/key-place.ts'
import type { Db } from '../pool.ts'

/** All that is kept of a key. */
export function hashOfKey(key: string): Buffer {
  return createHash('sha256').update(key).digest()
}

/** A mail that is about to go out. */
interface Outgoing {
  readonly id: string
  readonly body: string
}

/**
 * Puts a new key into a mail that brings one: of it the hash alone is kept, and one of before counts no more. Other mails, and those
 * that are overtaken, stay as they are.
 */
export async function withKey<Mail extends Outgoing>(db: Db, mail: Mail): Promise<Mail> {
  if (!mail.body.includes(keyPlace)) return mail
  const key = randomBytes(20).toString('hex')
  const { rowCount } = await db.query(
    `with outgoing as materialized (
       select key, case when key ~ '^verification/\\d+/' then split_part(key, '/', 2)::bigint end as verification from mail where id = $1
     ), invited as (
       update invitation i set key_hash = $2 from outgoing o
       where i.id = invitation_in(o.key) and i.state = 'open' and mail_key(i) = o.key returning 1
     ), verifying as (
       update verification v set key_hash = $2 from outgoing o
       where v.id = o.verification and v.act_id is null and mail_key(v) = o.key returning 1
     ), telling as (
       update mail m set key_hash = $2 where m.id = $1 and exists (select from notice n where n.mail_id = m.id) returning 1
     )
     select from invited union all select from verifying union all select from telling`,
    [mail.id, hashOfKey(key)],
  )
  return rowCount === 1 ? { ...mail, body: mail.body.replaceAll(keyPlace, key) } : mail
}
