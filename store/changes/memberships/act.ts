import { decideAct } from '../../../core/lifecycle/acts/decide.ts'
import type { ActRefusal, MemberAct } from '../../../core/lifecycle/acts/standing.ts'
import type { Day } from '../../../core/lifecycle/calendar.ts'
import type { IdentityRef, MemberStatus } from '../../../core/model/state.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { ensureKnown } from '../people.ts'
import { unknownIdentities, type UnknownIdentity } from '../unknown-identities.ts'
import { actOrHold, type Acting, type Done } from '../held/change-or-hold.ts'
import { beginTrail, closeTrail, recordEvents } from '../trail.ts'
import { withConsequences } from './consequences.ts'
import { heldMemberships } from './held-memberships.ts'
import { findSet, readStandings, type FoundSet, type PersonStanding } from './read-standing.ts'
import { requireLeaver, requireRight, type Wish } from './rights.ts'
import { withinPlaces, type RefusedPlace, type WithoutPlace } from './within-places.ts'
import { writeVerdicts, type AllowedAct } from './write-verdicts.ts'

/** What somebody does to memberships of one VO or group. */
export interface ActInput extends Acting {
  readonly act: MemberAct
  readonly vo: string
  readonly group?: string
  readonly requests: readonly ActOn[]
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
}

/** Whom an act is done to; `expires` is the date asked for, null for none, and `reason` goes before that of all. */
export interface ActOn {
  readonly user: IdentityRef
  readonly expires?: Day | null
  readonly reason?: string
}

/** How a person stands once the act is done, or why it was not; `held` names the digest that somebody has to approve. */
export type ActAnswer =
  | {
      readonly user: IdentityRef
      /** Of the VO member, null for who is none any more; in a group that of the group. */
      readonly status: MemberStatus | null
      readonly expires: Day | null
    }
  | { readonly user: IdentityRef; readonly held: string }
  | {
      readonly user: IdentityRef
      readonly refused: {
        readonly reason: ActRefusal | RefusedPlace['reason'] | UnknownIdentity['reason'] | 'named-twice'
        readonly message: string
      }
    }

/**
 * Carries out acts of managers and members in the caller's transaction: who is refused stays as they are, the others are done
 * together, in their order as far as there are places. Where that would take away too much nothing is done, and the act of all who
 * were not refused is held. Throws FULL where the place of a single one is missing, ACTOR_NOT_ELIGIBLE, OBJECT_UNKNOWN, VO_BUSY.
 */
export async function actOnMembers(tx: Tx, input: ActInput): Promise<ActAnswer[]> {
  const { act, vo, group, requests, now, actor } = input
  await lockVos(tx, [vo], { mode: 'shared' })
  const set = await findSet(tx, { vo, group, now })
  const users = requests.map(({ user }) => user)
  const place = group === undefined ? ({ kind: 'vo', vo } as const) : ({ kind: 'group', vo, name: group } as const)
  if (actor !== undefined) await requireRightTo(tx, act, { actor, place, users })
  if (act === 'add' && group === undefined) await ensureKnown(tx, users, now)
  const standings = await readStandings(tx, set, users)
  const unknown = await unknownIdentities(tx, {
    ...{ asked: users, known: standings },
    vo: act === 'add' && group === undefined ? undefined : set.voId,
  })
  const first = judge(set, requests, { act, standings, unknown })
  const { result: done, without } = await withinPlaces(tx, {
    isSingle: requests.length === 1,
    persons: first.flatMap(({ allowed }) => allowed?.person ?? []),
    attempt: (full) => doOrHold(tx, input, { set, judged: refuseFull(first, full) }),
  })
  const judged = refuseFull(first, without)
  if (done?.kind === 'held')
    return judged.map(({ user, refused }) => (refused === undefined ? { user, held: done.digest } : { user, refused }))
  const after = await readStandings(tx, set, users)
  return judged.map(({ user, refused }) =>
    refused === undefined ? answer(set, user, after.get(user)) : { user, refused },
  )
}

async function requireRightTo(tx: Tx, act: MemberAct, wish: Pick<Wish, 'actor' | 'place' | 'users'>): Promise<void> {
  if (act === 'leave') await requireLeaver(tx, wish)
  else await requireRight(tx, { ...wish, right: 'memberships', isForOneself: false })
}

interface ActOnSet {
  readonly set: FoundSet
  readonly judged: readonly Judged[]
}

async function doOrHold(tx: Tx, input: ActInput, { set, judged }: ActOnSet): Promise<Done<void> | undefined> {
  const { act, vo } = input
  const allowed = judged.flatMap(({ allowed: one, expires, reason }) =>
    one === undefined ? [] : [{ ...one, expires, reason }],
  )
  if (allowed.length === 0) return undefined
  return actOrHold(tx, input, {
    scope: `vo:${vo}`,
    work: async () => carryOut(tx, input, { set, judged }),
    act: async () => heldMemberships(set, act, allowed),
  })
}

async function carryOut(tx: Tx, input: ActInput, { set, judged }: ActOnSet): Promise<void> {
  const { act, vo, now, cause, approved, actor } = input
  const allowed = judged.flatMap((one) =>
    one.allowed === undefined ? [] : [{ ...one.allowed, reason: reasonOf(input, one) }],
  )
  const trail = await beginTrail(tx, cause, now)
  await withConsequences(tx, trail, {
    bearing: {
      persons: allowed.map(({ person }) => person),
      vos: [vo],
      // Nobody is kept in a VO or group against their will; what others say of many is looked at.
      guarded: act === 'leave' && actor !== undefined ? undefined : { approved },
    },
    change: () => writeVerdicts(tx, trail, { set, acts: allowed, endedBy: act === 'leave' ? 'self' : 'person' }),
  })
  await recordEvents(
    tx,
    trail,
    judged.flatMap((one) => eventOf(input, one)),
  )
  await closeTrail(tx, trail)
}

function refuseFull(judged: readonly Judged[], without: WithoutPlace): readonly Judged[] {
  return judged.map((one) => {
    const refused = without.get(one.allowed?.person ?? 0)
    return refused === undefined ? one : { user: one.user, refused }
  })
}

function reasonOf({ act, reason: usual }: ActInput, { reason = usual }: Judged): string {
  return act === 'leave' ? ofLeaving(reason) : reason
}

/** Nobody but themselves has disabled who leaves. */
function ofLeaving(reason: string): string {
  return reason === '' ? 'left by themselves' : `left by themselves: ${reason}`
}

interface Judged {
  readonly user: IdentityRef
  readonly expires?: Day | null | undefined
  readonly reason?: string | undefined
  readonly allowed?: Omit<AllowedAct, 'reason'>
  readonly refused?: Extract<ActAnswer, { readonly refused: object }>['refused']
}

interface Judging {
  readonly act: MemberAct
  readonly standings: ReadonlyMap<IdentityRef, PersonStanding>
  readonly unknown: (user: IdentityRef) => UnknownIdentity
}

function judge(set: FoundSet, requests: readonly ActOn[], { act, standings, unknown }: Judging): Judged[] {
  const first = new Map<number, Judged>()
  return requests.map((request) => {
    const { user, expires, reason } = request
    const found = standings.get(user)
    if (found === undefined) return { user, refused: unknown(user) }
    const { person, standing } = found
    const before = first.get(person)
    if (before !== undefined) return judgeAgain(before, request)
    const verdict = decideAct({ set, standing, request: { act, expires, today: set.today } })
    const judged = verdict.allowed
      ? { user: found.user, expires, reason, allowed: { person, verdict } }
      : { user, expires, refused: { reason: verdict.reason, message: verdict.message } }
    first.set(person, judged)
    return judged
  })
}

/** Whoever is named again is told the same, unless another date is asked for. */
function judgeAgain({ user: before, expires: asked, refused }: Judged, { user, expires }: ActOn): Judged {
  if (expires === asked) return { user, ...(refused === undefined ? {} : { refused }) }
  const message = `an earlier line asks for another date of "${before}"; name everybody once`
  return { user, refused: { reason: 'named-twice', message } }
}

function eventOf({ act, vo, group, reason: usual }: ActInput, { user, allowed, expires, reason = usual }: Judged) {
  if (allowed === undefined) return []
  const { write, redate } = allowed.verdict
  const date = write === undefined ? redate : write.expires
  const personal = { user, reason, ...(date === undefined && expires === undefined ? {} : { expires: date ?? null }) }
  return [{ action: act, kind: group === undefined ? 'Member' : 'GroupMember', vo, name: group ?? vo, personal }]
}

function answer({ kind }: FoundSet, user: IdentityRef, found: PersonStanding | undefined): ActAnswer {
  if (found === undefined) return { user, status: null, expires: null }
  const { member, rows, expires } = found.standing
  if (kind === 'vo') return { user: found.user, status: member ?? null, expires: expires ?? null }
  if (rows.length === 0) return { user: found.user, status: null, expires: null }
  const status = rows.some((row) => row.status === 'VALID') ? 'VALID' : 'EXPIRED'
  return { user: found.user, status, expires: expires ?? null }
}
