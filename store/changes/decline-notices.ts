import type { ActRefusal } from '../../core/lifecycle/acts/standing.ts'
import type { Day } from '../../core/lifecycle/calendar.ts'
import type { IdentityRef } from '../../core/model/state.ts'
import { lockVos } from '../locks.ts'
import type { Tx } from '../pool.ts'
import { findSet, readStandings, type FoundSet, type PersonStanding } from './memberships/read-standing.ts'
import { requireRight, type ActPlace } from './memberships/rights.ts'
import { wakeClocks } from './outbox.ts'
import { beginTrail, closeTrail, recordEvents, type Cause } from './trail.ts'
import { unknownIdentities, type UnknownIdentity } from './unknown-identities.ts'

/** Who want no more notices of the end of their membership of a VO, or of a group of it. */
export interface DeclineInput {
  readonly vo: string
  readonly group?: string | undefined
  readonly requests: readonly DeclineOn[]
  readonly reason: string
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** Who does; `reason` goes before that of all. */
export interface DeclineOn {
  readonly user: IdentityRef
  readonly reason?: string
}

/** The end of which nothing is told any more, or why there is none to be told of. */
export type DeclineAnswer =
  { readonly user: IdentityRef; readonly date: Day } | { readonly user: IdentityRef; readonly refused: RefusedDecline }

interface RefusedDecline {
  readonly reason: ActRefusal | UnknownIdentity['reason']
  readonly message: string
}

/**
 * Declines the notices of the end that memberships have now, in the caller's transaction; another date brings them back. Who has no
 * end to be told of is refused, the others are done. Throws ACTOR_NOT_ELIGIBLE, OBJECT_UNKNOWN, VO_BUSY.
 */
export async function declineNotices(tx: Tx, input: DeclineInput): Promise<DeclineAnswer[]> {
  const { vo, group, requests, actor, now } = input
  const users = requests.map(({ user }) => user)
  await lockVos(tx, [vo], { mode: 'shared' })
  const set = await findSet(tx, { vo, group, now })
  if (actor !== undefined)
    await requireRight(tx, { actor, place: placeOf(input), users, right: 'memberships', isForOneself: true })
  const standings = await readStandings(tx, set, users)
  const unknown = await unknownIdentities(tx, { asked: users, known: standings, vo: set.voId })
  const ends = new Map<number, MembershipEnd>()
  const answers = requests.map(({ user, reason = input.reason }): DeclineAnswer => {
    const found = standings.get(user)
    if (found === undefined) return { user, refused: unknown(user) }
    const date = found.standing.expires
    if (date === undefined) return { user, refused: whyNoEnd(group, found) }
    ends.set(found.person, { person: found.person, user: found.user, date, reason })
    return { user, date }
  })
  if (ends.size > 0) await writeDeclined(tx, input, { set, ends: [...ends.values()] })
  return answers
}

interface MembershipEnd {
  readonly person: number
  readonly user: IdentityRef
  readonly date: Day
  readonly reason: string
}

async function writeDeclined(
  tx: Tx,
  { vo, group, cause, now }: DeclineInput,
  { set, ends }: { readonly set: FoundSet; readonly ends: readonly MembershipEnd[] },
): Promise<void> {
  await tx.query(
    `insert into notices_declined (vo_id, group_id, person_id, date, actor, at)
     select $1, $2, person, date, $5, $6 from unnest($3::int[], $4::date[]) as declined(person, date)
     on conflict (vo_id, group_id, person_id) do update set date = excluded.date, actor = excluded.actor, at = excluded.at`,
    [set.voId, set.groupId, ends.map(({ person }) => person), ends.map(({ date }) => date), cause.actor, now],
  )
  const trail = await beginTrail(tx, cause, now)
  await recordEvents(
    tx,
    trail,
    ends.map(({ user, date, reason }) => ({
      ...{ action: 'decline', kind: 'Notice', vo, name: group ?? vo },
      personal: { user, date, reason },
    })),
  )
  await wakeClocks(tx, [vo])
  await closeTrail(tx, trail)
}

function placeOf({ vo, group }: DeclineInput): ActPlace {
  return group === undefined ? { kind: 'vo', vo } : { kind: 'group', vo, name: group }
}

function whyNoEnd(
  group: string | undefined,
  { standing }: PersonStanding,
): { readonly reason: ActRefusal; readonly message: string } {
  if (standing.member === undefined)
    return { reason: 'not-a-member', message: 'they are no member, and are told nothing' }
  if (group !== undefined && standing.rows.length === 0)
    return {
      reason: 'not-in-group',
      message: 'they are not in the group by a row of its own, which alone has an end of which to tell',
    }
  return { reason: 'never-expires', message: 'the membership has no date, so nothing is told of its end' }
}
