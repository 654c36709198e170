import type { Authentication } from '../../../core/model/authentication.ts'
import type { Scope } from '../../../core/model/scope.ts'
import { placeOf } from '../../holds.ts'
import type { Tx } from '../../pool.ts'
import { recordEvent } from '../trail.ts'

/** How a change that was held by itself has ended. */
type ChangeOutcome = 'approved' | 'lapsed' | 'rejected' | 'superseded' | 'withdrawn'

interface Closing {
  readonly digest: string
  readonly outcome: ChangeOutcome
  readonly at: Date
  /** Who ended it and why; by itself where absent. */
  readonly word?: { readonly by: string; readonly authentication?: Authentication; readonly reason: string }
}

/**
 * Closes the hold of a change, where it is open, and forgets what the change was about: the audit trail keeps what happened. Returns
 * the scope; undefined where it was not open.
 */
export async function closeChange(tx: Tx, { digest, outcome, at, word }: Closing): Promise<Scope | undefined> {
  const { rows } = await tx.query<{ scope: Scope }>(
    `with reviewed as (
       select (change->>'review')::integer as review_id from hold
       where digest = $1 and kind = 'review' and closed_at is null
     ), closed as (
       update hold set closed_at = $3, outcome = $2, change = null, by = null, asker = null, authentication = null, reason = null
       where digest = $1 and kind <> 'commit' and closed_at is null
       returning id, scope
     ), woken as (
       insert into hold_wake (hold_id) select id from closed
     ), looked_at as (
       insert into review_wake (review_id) select review_id from reviewed
     )
     select scope, pg_notify('guildhall_outbox', '') from closed`,
    [digest, outcome, at],
  )
  for (const { scope } of rows) {
    const event = {
      ...placeOf(scope),
      action: 'close',
      kind: 'Hold',
      personal: { digest, outcome, reason: word?.reason },
    }
    await recordEvent(
      tx,
      { cause: { actor: word?.by ?? 'guildhall', authentication: word?.authentication }, at },
      event,
    )
  }
  return rows[0]?.scope
}
