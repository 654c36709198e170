import { randomBytes } from 'node:crypto'
import { keyPlace } from '../../../core/invitations/invitation.ts'
import type { Db } from '../../pool.ts'
import { hashOfKey } from './use-key.ts'

/** A mail that is about to go out. */
interface Outgoing {
  readonly id: string
  readonly body: string
}

/**
 * Puts a new key into a mail with an invitation: of it the hash alone is kept, and one of before counts no more. Other mails, and those
 * that are overtaken, stay as they are.
 */
export async function withKey<Mail extends Outgoing>(db: Db, mail: Mail): Promise<Mail> {
  if (!mail.body.includes(keyPlace)) return mail
  const key = randomBytes(20).toString('hex')
  const { rowCount } = await db.query(
    `update invitation i set key_hash = $2 from mail m
     where m.id = $1 and i.id = invitation_in(m.key) and i.state = 'open' and mail_key(i) = m.key`,
    [mail.id, hashOfKey(key)],
  )
  return rowCount === 1 ? { ...mail, body: mail.body.replaceAll(keyPlace, key) } : mail
}
