import { GuildhallError } from '../../core/errors.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { lockVos } from '../locks.ts'
import type { Tx } from '../pool.ts'
import { findSet, readStandings } from './memberships/read-standing.ts'
import { requireRight } from './memberships/rights.ts'
import { wakeClocks } from './outbox.ts'
import { beginTrail, closeTrail, recordEvents, type Cause } from './trail.ts'

/** Who wants no more notices of the end of their membership. */
export interface DeclineInput {
  readonly vo: string
  readonly user: IdentityRef
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/**
 * Declines the notices of the end that a membership has now, in the caller's transaction; another date brings them back. Throws
 * MEMBERSHIP_REFUSED where there is no end to be told of, ACTOR_NOT_ELIGIBLE, OBJECT_UNKNOWN, VO_BUSY.
 */
export async function declineNotices(tx: Tx, input: DeclineInput): Promise<{ readonly date: string }> {
  const { vo, user, actor, cause, now } = input
  await lockVos(tx, [vo], { mode: 'shared' })
  const set = await findSet(tx, { vo, group: undefined, now })
  if (actor !== undefined)
    await requireRight(tx, { actor, place: { kind: 'vo', vo }, users: [user], isForOneself: true })
  const found = (await readStandings(tx, set, [user])).get(user)
  const date = found?.standing.expires
  if (found === undefined || date === undefined) {
    const why = found?.standing.member === undefined ? 'they are no member' : 'the membership has no date'
    throw new GuildhallError('MEMBERSHIP_REFUSED', `Cannot decline notices to "${user}" in "${vo}": ${why}`, {
      facts: { user, reason: found?.standing.member === undefined ? 'not-a-member' : 'never-expires' },
    })
  }
  await tx.query(
    `insert into notices_declined (vo_id, person_id, date, actor, at) values ($1, $2, $3, $4, $5)
     on conflict (vo_id, person_id) do update set date = excluded.date, actor = excluded.actor, at = excluded.at`,
    [set.voId, found.person, date, cause.actor, now],
  )
  const trail = await beginTrail(tx, cause, now)
  const personal = { user: found.user, date }
  await recordEvents(tx, trail, [{ action: 'decline', kind: 'Notice', vo, name: vo, personal }])
  await wakeClocks(tx, [vo])
  await closeTrail(tx, trail)
  return { date }
}
