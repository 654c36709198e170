import type { Tx } from '../../pool.ts'
import { wakeMail } from '../mail-drafts.ts'
import { beginTrail, type Cause } from '../trail.ts'
import { tellInvitation } from './found-invitation.ts'
import { findByKey } from './use-key.ts'
import { wakeInvitations } from './wake-invitations.ts'

/** Whoever has the key does not want what it is to. */
export interface DeclineInvitationInput {
  readonly key: string
  readonly reason: string
  readonly cause: Cause
  readonly now: Date
}

/** Declines an invitation in the caller's transaction; returns its number. Throws KEY_REFUSED, VO_BUSY. */
export async function declineInvitation(tx: Tx, input: DeclineInvitationInput): Promise<number> {
  const { key, reason, cause, now } = input
  const invitation = await findByKey(tx, { key, now })
  const { id } = invitation
  await tx.query(
    `update invitation set state = 'declined', changed_at = $2, ended_by = $3, reason = $4, key_hash = null where id = $1`,
    [id, now, cause.actor, reason],
  )
  const trail = await beginTrail(tx, cause, now)
  await tellInvitation(tx, trail, { invitation, action: 'decline', reason })
  await wakeInvitations(tx, [id])
  await wakeMail(tx)
  return id
}
