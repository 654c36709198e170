import { GuildhallError } from '../../core/errors.ts'
import type { ActRefusal } from '../../core/lifecycle/acts/standing.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { lockVos } from '../locks.ts'
import type { Tx } from '../pool.ts'
import { findSet, readStandings, type PersonStanding } from './memberships/read-standing.ts'
import { requireRight, type ActPlace } from './memberships/rights.ts'
import { wakeClocks } from './outbox.ts'
import { beginTrail, closeTrail, recordEvents, type Cause } from './trail.ts'

/** Who wants no more notices of the end of their membership of a VO, or of a group of it. */
export interface DeclineInput {
  readonly vo: string
  readonly group?: string | undefined
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
  const { vo, group, user, actor, cause, now } = input
  await lockVos(tx, [vo], { mode: 'shared' })
  const set = await findSet(tx, { vo, group, now })
  if (actor !== undefined)
    await requireRight(tx, { actor, place: placeOf(input), users: [user], right: 'memberships', isForOneself: true })
  const found = (await readStandings(tx, set, [user])).get(user)
  const date = found?.standing.expires
  if (found === undefined || date === undefined) throw noEnd(input, found)
  await tx.query(
    `insert into notices_declined (vo_id, group_id, person_id, date, actor, at) values ($1, $2, $3, $4, $5, $6)
     on conflict (vo_id, group_id, person_id) do update set date = excluded.date, actor = excluded.actor, at = excluded.at`,
    [set.voId, set.groupId, found.person, date, cause.actor, now],
  )
  const trail = await beginTrail(tx, cause, now)
  const personal = { user: found.user, date }
  await recordEvents(tx, trail, [{ action: 'decline', kind: 'Notice', vo, name: group ?? vo, personal }])
  await wakeClocks(tx, [vo])
  await closeTrail(tx, trail)
  return { date }
}

function placeOf({ vo, group }: DeclineInput): ActPlace {
  return group === undefined ? { kind: 'vo', vo } : { kind: 'group', vo, name: group }
}

function noEnd({ vo, group, user }: DeclineInput, found: PersonStanding | undefined): GuildhallError {
  const { reason, why } = whyNoEnd(group, found)
  const where = group === undefined ? vo : `${vo}/${group}`
  return new GuildhallError('MEMBERSHIP_REFUSED', `Cannot decline notices to "${user}" in "${where}": ${why}`, {
    facts: { user, reason },
  })
}

function whyNoEnd(
  group: string | undefined,
  found: PersonStanding | undefined,
): { readonly reason: ActRefusal; readonly why: string } {
  if (found?.standing.member === undefined)
    return { reason: 'not-a-member', why: 'they are no member, and are told nothing' }
  if (group !== undefined && found.standing.rows.length === 0)
    return {
      reason: 'not-in-group',
      why: 'they are not in the group by a row of its own, which alone has an end of which to tell',
    }
  return { reason: 'never-expires', why: 'the membership has no date, so nothing is told of its end' }
}
