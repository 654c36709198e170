import { findDue, isDueAgain, peopleDue, type Due, type DueKind } from '../../due.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { servicesTouched, wakeClocks, wakeFollowers, writeOutbox } from '../outbox.ts'
import { forgetOldAnswers } from '../applications/forget-answers.ts'
import type { KeepInput } from '../rules/keep-rules.ts'
import { placesBefore } from '../rules/rule-places.ts'
import { followGenerated } from '../values/follow-change.ts'
import { keepFollowing, type Followed } from '../values/keep-following.ts'
import { beginTrail, closeTrail } from '../trail.ts'
import { endDeletedMembers } from './delete-members.ts'
import { disableMembers } from './disable-members.ts'
import { endObjects } from './end-objects.ts'
import { expireMemberships } from './expire-memberships.ts'
import { extendSeen } from './extend-seen.ts'
import { followLevels } from './follow-levels.ts'
import { followSponsors } from './follow-sponsors.ts'
import { noteNotices } from './note-notices.ts'
import { removeRows } from './remove-rows.ts'
import { endInvitationsOn } from '../invitations/end-invitations.ts'
import { forgetInvitationsOn } from '../invitations/forget-invitations.ts'
import { lapseLevels } from './lapse-levels.ts'
import { recordingYoungDates } from './young-dates.ts'
import { settleAgain } from './settle-again.ts'
import type { ClockTurn } from './turn.ts'

/** One step of a VO's clock. */
export interface ClockInput {
  readonly vo: string
  /** Everything due up to here is to be done. */
  readonly now: Date
  /** At most so many people in this step. */
  readonly atMost: number
}

/** What a step did. */
export interface ClockStep {
  /** People whose memberships changed. */
  readonly changed: number
  /** Whether another step has to follow. */
  readonly more: boolean
}

const cause = { actor: 'clock' }
const reading = ['user.groups', 'user.loas']
const ordinaryPriority = 3

const turns: Readonly<Record<DueKind, (tx: Tx, turn: ClockTurn) => Promise<void>>> = {
  sponsor: followSponsors,
  notice: noteNotices,
  expire: async (tx, turn) => {
    await extendSeen(tx, turn)
    await expireMemberships(tx, turn)
  },
  end: endObjects,
  lapse: lapseLevels,
  accept: settleAgain,
  follow: followLevels,
  disable: disableMembers,
  delete: endDeletedMembers,
  remove: removeRows,
  invite: async (tx, { trail, vo, day }) => {
    await endInvitationsOn(tx, trail, { vo, day })
    await forgetInvitationsOn(tx, { vo, day })
  },
  forget: (tx, turn) => forgetOldAnswers(tx, turn.trail, turn),
}

/**
 * Brings a VO a step further on the way to `now`, in the caller's transaction: what is due is done in the order of days of the
 * VO's time zone, for at most so many people. Each thing happens at the first moment of its day, also where nobody looked for
 * weeks, but never before something that was done already. A VO that is gone has nothing to do.
 */
export async function runClock(tx: Tx, { vo, now, atMost }: ClockInput): Promise<ClockStep> {
  await lockVos(tx, [vo], { mode: 'exclusive' })
  const { rows } = await tx.query<{ id: number; today: string }>(
    'select id, day_of($2, zone_of(id))::text as today from vo where name = $1',
    [vo, now],
  )
  const [found] = rows
  const due = found === undefined ? undefined : await findDue(tx, found.id)
  if (found === undefined || due === undefined || due.day > found.today) return { changed: 0, more: false }
  const persons = await peopleDue(tx, due, atMost)
  const trail = await beginTrail(tx, cause, now)
  const touched = { groups: [], resources: [], facilities: [], persons }
  // Whose row goes shows nowhere afterwards; what is over stays.
  const before = due.kind === 'expire' ? [] : await servicesTouched(tx, touched)
  const followed = await turnAndFollow(tx, { ...due, trail, persons })
  if (await isDueAgain(tx, due, persons))
    throw new Error(`what the clock of VO "${vo}" did on ${due.day} (${due.kind}) is due again to the same people`)
  if (persons.length < atMost || due.kind === 'follow') await holdClocks(tx, [vo], due.moment)
  const after = await servicesTouched(tx, { ...touched, persons: [...persons, ...followed.persons] })
  const services = [...before, ...followed.services, ...after]
  await writeOutbox(tx, { services, priority: ordinaryPriority, at: now })
  await wakeFollowers(tx, [vo])
  await closeTrail(tx, trail)
  return { changed: persons.length, more: true }
}

/** Rules and derived values follow; who comes in by a rule may need values, too. Returns whom it is about, and what showed them. */
async function turnAndFollow(tx: Tx, turn: ClockTurn): Promise<Shown> {
  switch (turn.kind) {
    case 'notice':
      await turns.notice(tx, turn)
      return { persons: [], services: [] }
    case 'expire':
      return recordingYoungDates(tx, turn, () => follow(tx, turn))
    default:
      return follow(tx, turn)
  }
}

type Shown = Pick<Followed, 'persons' | 'services'>

async function follow(tx: Tx, turn: ClockTurn): Promise<Shown> {
  const { kind, persons, trail } = turn
  const had = await placesBefore(tx, persons)
  await turns[kind](tx, turn)
  const keeping = { had, ...pastOf(turn) }
  const followed = await keepFollowing(tx, trail, { persons, reading, ...keeping })
  await wakeClocks(tx, followed.vos)
  if (!followed.isRuled) return followed
  const services = await servicesTouched(tx, { groups: [], resources: [], facilities: [], persons: followed.persons })
  const made = await followGenerated(tx, trail, { persons: followed.persons, services, ...keeping })
  await wakeClocks(tx, made.vos)
  return { persons: made.persons, services: [...followed.services, ...made.services] }
}

/** Sponsors are followed when it is seen, whatever day that stands under. */
function pastOf({ kind, vo, moment }: Due): Pick<KeepInput, 'past'> {
  return kind === 'sponsor' ? {} : { past: { vo, moment } }
}

/** Keeps clocks from doing anything before this moment: by another time zone or rule it would have been due before. */
export async function holdClocks(tx: Tx, vos: readonly string[], reached: Date): Promise<void> {
  await tx.query(
    `insert into clock (vo_id, reached) select id, $2 from vo where name = any($1)
     on conflict (vo_id) do update set reached = greatest(clock.reached, excluded.reached)`,
    [vos, reached],
  )
}
