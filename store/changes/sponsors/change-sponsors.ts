import type { Day } from '../../../core/lifecycle/calendar.ts'
import {
  decideSponsoring,
  decideTransfer,
  decideWithdrawal,
  type SponsoringRefusal,
  type SponsoringVerdict,
} from '../../../core/lifecycle/acts/sponsoring.ts'
import type { IdentityRef, MemberStatus } from '../../../core/model/state.ts'
import { lockVos } from '../../locks.ts'
import type { Tx } from '../../pool.ts'
import { withConsequences } from '../memberships/consequences.ts'
import { findSet, type FoundSet } from '../memberships/read-standing.ts'
import { requireRight } from '../memberships/rights.ts'
import { ensureKnown } from '../people.ts'
import { beginTrail, closeTrail, recordEvents, type Cause, type Trail } from '../trail.ts'
import { readPairings, type FoundPairing, type Pairing, type UnknownPairing } from './read-sponsorships.ts'
import { writeSponsorships, type SponsorshipWrite } from './write-sponsorships.ts'

/** What is done to sponsorships: begun or dated anew, ended, or passed on. */
export type SponsorAct = 'add' | 'remove' | 'transfer'

/** What somebody does to sponsorships of one VO. */
export interface SponsorInput {
  readonly act: SponsorAct
  readonly vo: string
  readonly requests: readonly SponsorOn[]
  readonly reason: string
  /** Whose rights count; without it the caller may do everything. */
  readonly actor?: IdentityRef
  readonly cause: Cause
  readonly now: Date
}

/** A guest, a sponsor, and of `transfer` who takes over; `until` is the first day on which it is over. */
export interface SponsorOn extends Pairing {
  readonly until?: Day | undefined
}

/** How guest and sponsor stand then, or why nothing was changed. */
export type SponsorAnswer =
  | {
      readonly user: IdentityRef
      /** Who answers for the guest now, or did so far. */
      readonly sponsor: IdentityRef
      /** False once the sponsor has left. */
      readonly sponsored: boolean
      /** The date that this sponsor gives, null for none. */
      readonly until: Day | null
      /** Of the VO member. */
      readonly status: MemberStatus | null
      readonly expires: Day | null
    }
  | {
      readonly user: IdentityRef
      readonly sponsor: IdentityRef
      readonly refused: { readonly reason: SponsoringRefusal | 'identity-unknown'; readonly message: string }
    }

/**
 * Changes who answers for guests of a VO, in the caller's transaction: who is refused stays as they are, the others are done
 * together. Throws GUARD_LIMIT, FULL, ACTOR_NOT_ELIGIBLE, OBJECT_UNKNOWN, VO_BUSY.
 */
export async function changeSponsors(tx: Tx, input: SponsorInput): Promise<SponsorAnswer[]> {
  const { act, vo, requests, now, actor, cause } = input
  await lockVos(tx, [vo], { mode: 'shared' })
  const set = await findSet(tx, { vo, group: undefined, now })
  const sponsors = requests.map(({ sponsor }) => sponsor)
  if (actor !== undefined) {
    const place = { kind: 'vo', vo } as const
    const oneself = 'the sponsor'
    await requireRight(tx, { actor, place, users: sponsors, right: 'memberships', isForOneself: true, oneself })
  }
  const users = requests.map(({ user }) => user)
  if (act === 'add') await ensureKnown(tx, users, now)
  const persons = await personsOf(tx, users)
  const trail = await beginTrail(tx, cause, now)
  const answers: SponsorAnswer[] = []
  // A guest of two sponsors who both withdraw: the second has to know of the first.
  for (const round of roundsOf(requests, persons))
    answers.push(...(await changeRound(tx, trail, { input, set, round })))
  await closeTrail(tx, trail)
  return answers
}

async function personsOf(tx: Tx, users: readonly IdentityRef[]): Promise<ReadonlyMap<IdentityRef, number>> {
  const { rows } = await tx.query<{ ref: IdentityRef; person_id: number }>(
    'select ref, person_id from identity where ref = any($1)',
    [users],
  )
  return new Map(rows.map(({ ref, person_id }) => [ref, person_id]))
}

/** Splits requests where a guest comes again, by whatever identity. */
function roundsOf(requests: readonly SponsorOn[], persons: ReadonlyMap<IdentityRef, number>): SponsorOn[][] {
  const rounds: SponsorOn[][] = []
  let guests = new Set<IdentityRef | number>()
  for (const request of requests) {
    const guest = persons.get(request.user) ?? request.user
    if (rounds.length === 0 || guests.has(guest)) {
      rounds.push([])
      guests = new Set()
    }
    guests.add(guest)
    rounds.at(-1)?.push(request)
  }
  return rounds
}

interface Round {
  readonly input: SponsorInput
  readonly set: FoundSet
  readonly round: readonly SponsorOn[]
}

type Allowed = Extract<SponsoringVerdict, { readonly allowed: true }>

interface Judged {
  readonly request: SponsorOn
  readonly found?: FoundPairing
  readonly verdict?: Allowed
  readonly refused?: Extract<SponsorAnswer, { readonly refused: object }>['refused']
}

async function changeRound(tx: Tx, trail: Trail, { input, set, round }: Round): Promise<SponsorAnswer[]> {
  const { act, vo, reason } = input
  const found = await readPairings(tx, set, round)
  const judged = judge(act, round, found)
  const allowed = judged.flatMap(({ found: pair, verdict }) =>
    pair === undefined || verdict === undefined ? [] : [{ pair, verdict }],
  )
  if (allowed.length > 0) {
    const lifted = allowed.flatMap(({ pair, verdict }) => (verdict.lift === true ? [pair.person] : []))
    await withConsequences(tx, trail, {
      bearing: {
        ...{ persons: allowed.map(({ pair }) => pair.person), vos: [vo] },
        guarded: { what: `guests of ${set.name}` },
      },
      change: () =>
        writeSponsorships(tx, trail, {
          ...{ set, lifted },
          writes: allowed.flatMap(({ pair, verdict }) => writesOf(pair, verdict)),
        }),
    })
    await recordEvents(
      tx,
      trail,
      allowed.map(({ pair: { user, sponsor, to }, verdict: { expires } }) => ({
        ...{ action: act, kind: 'Sponsorship', vo, name: vo },
        personal: { user, sponsor: sponsor.user, to: to?.user, expires, reason },
      })),
    )
  }
  const after = await readPairings(tx, set, round.map(standingAfter))
  return judged.map((one, index) => answerOf(one, after[index]))
}

function judge(
  act: SponsorAct,
  round: readonly SponsorOn[],
  found: readonly (FoundPairing | UnknownPairing)[],
): Judged[] {
  return round.flatMap((request, index): Judged[] => {
    const pair = found[index]
    if (pair === undefined) return []
    if ('unknown' in pair) {
      const message = `nobody has the identity "${pair.unknown}"`
      return [{ request, refused: { reason: 'identity-unknown', message } }]
    }
    const verdict = decide(act, pair, request)
    if (verdict.allowed) return [{ request, found: pair, verdict }]
    return [{ request, refused: { reason: verdict.reason, message: verdict.message } }]
  })
}

function decide(act: SponsorAct, { guest, candidate }: FoundPairing, { until }: SponsorOn): SponsoringVerdict {
  switch (act) {
    case 'add':
      return decideSponsoring(guest, { candidate, until })
    case 'remove':
      return decideWithdrawal(guest, until)
    case 'transfer':
      return decideTransfer(guest, candidate)
  }
}

function writesOf({ person, sponsor, to }: FoundPairing, { expires, before }: Allowed): SponsorshipWrite[] {
  if (to === undefined)
    return [{ person, sponsor: sponsor.person, expires, ...(before === undefined ? {} : { before }) }]
  return [
    { person, sponsor: to.person, expires },
    { person, sponsor: sponsor.person, expires: undefined },
  ]
}

/** The one who took over is asked about. */
function standingAfter({ user, sponsor, to }: SponsorOn): Pairing {
  return { user, sponsor: to ?? sponsor }
}

function answerOf({ request, refused }: Judged, after: FoundPairing | UnknownPairing | undefined): SponsorAnswer {
  const { user, sponsor } = request
  if (refused !== undefined) return { user, sponsor, refused }
  if (after === undefined || 'unknown' in after)
    return { user, sponsor, sponsored: false, until: null, status: null, expires: null }
  const { own, standing } = after.guest
  return {
    ...{ user: after.user, sponsor: after.sponsor.user },
    ...{ sponsored: own !== undefined && own.leaving === undefined, until: own?.expires ?? null },
    ...{ status: standing.member ?? null, expires: standing.expires ?? null },
  }
}
