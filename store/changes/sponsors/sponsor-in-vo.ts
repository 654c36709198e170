import {
  decideSponsoring,
  decideTransfer,
  decideWithdrawal,
  type SponsoringVerdict,
} from '../../../core/lifecycle/acts/sponsoring.ts'
import type { IdentityRef } from '../../../core/model/state.ts'
import type { Tx } from '../../pool.ts'
import { actOrHold, type Done } from '../held/change-or-hold.ts'
import { withConsequences } from '../memberships/consequences.ts'
import type { FoundSet } from '../memberships/read-standing.ts'
import { withinPlaces, type WithoutPlace } from '../memberships/within-places.ts'
import { beginTrail, recordEvents, type EventRow, type Trail } from '../trail.ts'
import { unknownIdentities } from '../unknown-identities.ts'
import type { SponsorAct, SponsorAnswer, SponsorInput, SponsorOn } from './change-sponsors.ts'
import { heldSponsorships } from './held-sponsorships.ts'
import { readPairings, type FoundPairing, type Pairing, type UnknownPairing } from './read-sponsorships.ts'
import { writeSponsorships, type SponsorshipWrite } from './write-sponsorships.ts'

/** What somebody who may does in a VO that is locked. */
interface ActInVo {
  readonly input: SponsorInput
  readonly set: FoundSet
  /** A single request for which there is no place is told as FULL. */
  readonly isSingle: boolean
}

/** Changes who answers for guests of one VO, whatever was done in others by the same transaction, or holds it. */
export async function sponsorInVo(tx: Tx, acting: ActInVo): Promise<SponsorAnswer[]> {
  const { judged, done } = await doWithinPlaces(tx, acting)
  if (done?.kind === 'held') return judged.map((one) => heldAnswer(one, done.digest))
  const after = await readPairings(tx, acting.set, acting.input.requests.map(standingAfter))
  return judged.map((one, index) => answerOf(one, after[index]))
}

interface ActOnVo extends ActInVo {
  /** Guests for whom there is no place. */
  readonly without?: WithoutPlace
}

async function doWithinPlaces(tx: Tx, acting: ActInVo): Promise<Doing> {
  const first = await judge(tx, acting, acting.input.requests)
  const { result } = await withinPlaces(tx, {
    isSingle: acting.isSingle,
    persons: [...new Set(allowedIn(first).map(({ pair }) => pair.person))],
    attempt: (without) => doOrHold(tx, { ...acting, without }, refuseFull(first, without)),
  })
  return result
}

function refuseFull(judged: readonly Judged[], without: WithoutPlace | undefined): Judged[] {
  return judged.map((one) => {
    const refused = without?.get(one.allowed?.pair.person ?? 0)
    return refused === undefined ? one : { request: one.request, refused }
  })
}

interface Doing {
  readonly judged: readonly Judged[]
  readonly done?: Done<void>
}

async function doOrHold(tx: Tx, acting: ActOnVo, first: readonly Judged[]): Promise<Doing> {
  const { input, set } = acting
  // Whom everything is refused at first, nothing is allowed later.
  const persons = [...new Set(allowedIn(first).map(({ pair }) => pair.person))]
  if (persons.length === 0) return { judged: first }
  const judged: Judged[] = []
  const work = async (): Promise<void> => {
    const trail = await beginTrail(tx, input.cause, input.now)
    await withConsequences(tx, trail, {
      bearing: { persons, vos: [input.vo], guarded: { approved: input.approved } },
      change: async () => void judged.push(...(await changeInRounds(tx, trail, { ...acting, first }))),
    })
    await recordEvents(tx, trail, eventsOf(input, judged))
  }
  const act = async () => heldSponsorships(set, input.act, allowedIn(judged).map(asHeld))
  return { judged, done: await actOrHold(tx, input, { scope: `vo:${input.vo}`, work, act }) }
}

/** A guest of two sponsors who both withdraw: the second has to know of the first. */
async function changeInRounds(
  tx: Tx,
  trail: Trail,
  { first, ...acting }: ActOnVo & { readonly first: readonly Judged[] },
): Promise<Judged[]> {
  const { requests } = acting.input
  const persons = await personsOf(
    tx,
    requests.map(({ user }) => user),
  )
  const judged: Judged[] = []
  for (const round of roundsOf(requests, persons)) {
    const anew = async () => refuseFull(await judge(tx, acting, round), acting.without)
    const ofRound = judged.length === 0 ? first.slice(0, round.length) : await anew()
    await write(tx, trail, { set: acting.set, judged: ofRound })
    judged.push(...ofRound)
  }
  return judged
}

async function write(
  tx: Tx,
  trail: Trail,
  { set, judged }: { readonly set: FoundSet; readonly judged: readonly Judged[] },
): Promise<void> {
  const allowed = allowedIn(judged)
  if (allowed.length === 0) return
  await writeSponsorships(tx, trail, {
    set,
    lifted: allowed.flatMap(({ pair, verdict }) => (verdict.lift === true ? [pair.person] : [])),
    writes: allowed.flatMap(({ pair, verdict }) => writesOf(pair, verdict)),
  })
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

type Allowed = Extract<SponsoringVerdict, { readonly allowed: true }>

interface AllowedPair {
  readonly pair: FoundPairing
  readonly verdict: Allowed
}

interface Judged {
  readonly request: SponsorOn
  readonly allowed?: AllowedPair
  readonly refused?: Extract<SponsorAnswer, { readonly refused: object }>['refused']
}

async function judge(tx: Tx, { input: { act }, set }: ActOnVo, requests: readonly SponsorOn[]): Promise<Judged[]> {
  const found = await readPairings(tx, set, requests)
  const missing = found.flatMap((pair) => ('unknown' in pair ? [pair.unknown] : []))
  const unknown = await unknownIdentities(tx, { asked: missing, known: new Set(), vo: set.voId })
  return requests.flatMap((request, index): Judged[] => {
    const pair = found[index]
    if (pair === undefined) return []
    if ('unknown' in pair) {
      return [{ request, refused: unknown(pair.unknown) }]
    }
    const verdict = decide(act, pair, request)
    if (verdict.allowed) return [{ request, allowed: { pair, verdict } }]
    return [{ request, refused: { reason: verdict.reason, message: verdict.message } }]
  })
}

function allowedIn(judged: readonly Judged[]): (AllowedPair & Pick<SponsorOn, 'reason' | 'until'>)[] {
  return judged.flatMap(({ request: { until, reason }, allowed }) =>
    allowed === undefined ? [] : [{ ...allowed, until, reason }],
  )
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

function asHeld({ pair: { person, sponsor, to }, until, reason }: ReturnType<typeof allowedIn>[number]) {
  return {
    ...{ person, sponsor: sponsor.person },
    ...(to === undefined ? {} : { to: to.person }),
    ...(until === undefined ? {} : { until }),
    ...(reason === undefined ? {} : { reason }),
  }
}

function eventsOf({ act, vo, reason: usual }: SponsorInput, judged: readonly Judged[]): EventRow[] {
  return allowedIn(judged).map(({ pair: { user, sponsor, to }, verdict: { expires }, reason = usual }) => ({
    ...{ action: act, kind: 'Sponsorship', vo, name: vo },
    personal: { user, sponsor: sponsor.user, to: to?.user, expires, reason },
  }))
}

function heldAnswer({ request: { user, sponsor }, refused }: Judged, held: string): SponsorAnswer {
  return refused === undefined ? { user, sponsor, held } : { user, sponsor, refused }
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
