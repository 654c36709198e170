import { extend } from '../extension.ts'
import { plus, type Day, type Duration } from '../calendar.ts'
import { refused, refusedAsOver, whyNotExtended } from './refuse.ts'
import type { ActedSet, ActRefusal, Standing } from './standing.ts'

/** How long a guest stays once the sponsor has left, and somebody else may take over. */
const countdown: Duration = { months: 0, days: 30 }

/** The row by which one sponsor holds a guest. */
export interface Sponsorship {
  readonly status: 'VALID' | 'EXPIRED'
  readonly expires: Day | undefined
  /** Once the sponsor has left: `withdrawn` by word, or `gone` because nobody names them any more. */
  readonly leaving: 'withdrawn' | 'gone' | undefined
  /** The date that the row had before. */
  readonly dateBefore: Day | undefined
}

/** A guest, and who wants to sponsor them, or does so. */
export interface SponsoredGuest {
  readonly set: ActedSet
  readonly standing: Standing
  /** Whether a person, not the clock, made the guest DISABLED. */
  readonly isEndedByPerson: boolean
  /** The last date of what holds the guest besides; null for none, undefined where nothing does. */
  readonly heldUntil: Day | null | undefined
  /** The row of this sponsor, and of the one who takes over. */
  readonly own: Sponsorship | undefined
  readonly successor?: Sponsorship | undefined
  /** In the VO's time zone. */
  readonly today: Day
}

/** Who is to answer for the guest. */
export interface Candidate {
  /** Whether the VO names them, and has neither taken the membership from them nor banned them. */
  readonly isSponsor: boolean
  readonly isGuest: boolean
  /** Of a transfer: whether who takes over is who answers for the guest already. */
  readonly isOwnSponsor?: boolean
}

/** Why a sponsorship is not changed; stable words. */
export type SponsoringRefusal =
  | ActRefusal
  | 'already-leaving'
  | 'already-sponsored'
  | 'disabled-by-person'
  | 'not-a-sponsor'
  | 'not-sponsored'
  | 'own-sponsor'

/** What a change of a sponsorship comes to. */
export type SponsoringVerdict =
  | {
      readonly allowed: true
      /** The date of the sponsor's row; undefined where the row ends. */
      readonly expires: Day | null | undefined
      /** The row counts down; the date that it had before, null for none. */
      readonly before?: Day | null
      /** EXPIRED or DISABLED goes, and the gates say what comes. */
      readonly lift?: true
    }
  | { readonly allowed: false; readonly reason: SponsoringRefusal; readonly message: string }

/** Decides whether somebody sponsors a guest from now on, or another time, and until when. */
export function decideSponsoring(
  guest: SponsoredGuest,
  { candidate, until }: { readonly candidate: Candidate; readonly until: Day | undefined },
): SponsoringVerdict {
  const { set, standing, today } = guest
  const obstacle = obstacleToSponsoring(guest, candidate)
  if (obstacle !== undefined) return obstacle
  if (until !== undefined && until <= today) return isPast(until, `expected a day after ${today}`)
  const verdict = until === undefined ? untilByRules(guest, set.rules) : allow(until)
  const isOver = standing.member === 'EXPIRED' || standing.member === 'DISABLED'
  return verdict.allowed && isOver ? { ...verdict, lift: true } : verdict
}

function obstacleToSponsoring(
  { set, standing, isEndedByPerson }: SponsoredGuest,
  { isSponsor, isGuest }: Candidate,
): SponsoringVerdict | undefined {
  const { exclusiveAt, name, over } = set
  if (over !== undefined) return refusedAsOver(over)
  if (exclusiveAt !== undefined) {
    const place = `${exclusiveAt.file}:${exclusiveAt.line}`
    return refused('exclusive', `${name} has only those whom ${place} names; add them there`)
  }
  if (isGuest) return refused('own-sponsor', ownSponsor)
  if (!isSponsor) return refusedAsNoSponsor(set)
  if (standing.member === 'DISABLED' && isEndedByPerson)
    return refused('disabled-by-person', 'a person made them DISABLED; a manager enables them first')
  return undefined
}

/** A newcomer's term, what is left of a row that counted down, or an extension of the row there is. */
function untilByRules({ standing, own, today }: SponsoredGuest, rules: ActedSet['rules']): SponsoringVerdict {
  const { loa, serviceAccount } = standing
  const asked = { rules, loa, today, serviceAccount } as const
  if (own === undefined || own.status === 'EXPIRED')
    return allow(extend({ ...asked, status: undefined, current: undefined, action: 'join' }).expires)
  if (own.leaving !== undefined) return allow(own.dateBefore)
  const answer = extend({ ...asked, status: 'VALID', current: own.expires, action: 'extend' })
  if (!answer.allowed) return refused(answer.reason, whyNotExtended(answer, { loa, rules }))
  if (answer.expires === own.expires) return refusedAsSponsored()
  return allow(answer.expires)
}

/**
 * Decides what becomes of a guest whose sponsor does not want to be it any more: the row ends where something else holds the
 * guest as long, else on a day that is near.
 */
export function decideWithdrawal(guest: SponsoredGuest, until: Day | undefined): SponsoringVerdict {
  const { own, heldUntil, today } = guest
  if (own === undefined) return refusedAsUnsponsored()
  const obstacle = obstacleToMoving(guest) ?? obstacleToWithdrawing(own, { until, today })
  if (obstacle !== undefined) return obstacle
  const before = promised(own)
  const expires = earlier(before, until ?? endOfCountdown(today))
  return lastsUntil(heldUntil, expires)
    ? { allowed: true, expires: undefined }
    : { allowed: true, expires, before: before ?? null }
}

function obstacleToWithdrawing(
  { leaving, expires }: Sponsorship,
  { until, today }: { readonly until: Day | undefined; readonly today: Day },
): SponsoringVerdict | undefined {
  if (until !== undefined && until < today) return isPast(until, `expected ${today} (over at once) or a later day`)
  if (until !== undefined || leaving === undefined) return undefined
  const message = `the sponsor is leaving, and the membership ends on ${expires ?? ''}; give a day to set another`
  return refused('already-leaving', message)
}

function lastsUntil(heldUntil: SponsoredGuest['heldUntil'], day: Day): boolean {
  return heldUntil === null || (heldUntil !== undefined && heldUntil >= day)
}

/** Decides about the guest of one sponsor who gets another: the new row has the date that the old one had, or the later of two. */
export function decideTransfer(guest: SponsoredGuest, candidate: Candidate): SponsoringVerdict {
  const { set, own, successor } = guest
  const obstacle = obstacleToMoving(guest)
  if (own === undefined || obstacle !== undefined) return obstacle ?? refusedAsUnsponsored()
  if (candidate.isGuest) return refused('own-sponsor', ownSponsor)
  if (candidate.isOwnSponsor === true)
    return refused('already-sponsored', 'they are the guest of this sponsor already; name another who takes over')
  if (!candidate.isSponsor) return refusedAsNoSponsor(set)
  const dates = [own, ...(successor?.status === 'VALID' ? [successor] : [])].map(promised)
  return allow(
    dates.includes(undefined)
      ? undefined
      : dates
          .flatMap((date) => date ?? [])
          .sort()
          .at(-1),
  )
}

function obstacleToMoving({ own }: SponsoredGuest): SponsoringVerdict | undefined {
  if (own === undefined) return refusedAsUnsponsored()
  return own.status === 'EXPIRED'
    ? refused('is-over', 'what this sponsor gave them is over; sponsor them anew')
    : undefined
}

/** The date that a sponsor gave, whether or not they are leaving. */
function promised({ leaving, expires, dateBefore }: Sponsorship): Day | undefined {
  return leaving === undefined ? expires : dateBefore
}

/** Tells the first day without a guest whose sponsor leaves today, unless somebody takes over. */
export function endOfCountdown(today: Day): Day {
  return plus(today, countdown)
}

function earlier(one: Day | undefined, other: Day): Day {
  return one !== undefined && one < other ? one : other
}

function allow(expires: Day | undefined): SponsoringVerdict {
  return { allowed: true, expires: expires ?? null }
}

function isPast(until: Day, expected: string): SponsoringVerdict {
  return refused('date-past', `${until} is over; ${expected}`)
}

/** Why nothing is done about somebody who is no guest of a sponsor. */
export const unsponsored = {
  reason: 'not-sponsored',
  message: 'this sponsor has no such guest; `guildhall sponsor list` names the guests of each',
} as const

function refusedAsUnsponsored(): SponsoringVerdict {
  return refused(unsponsored.reason, unsponsored.message)
}

function refusedAsSponsored(): SponsoringVerdict {
  return refused('already-sponsored', 'this sponsor has them as a guest already; a day with `--until` sets another end')
}

const ownSponsor = 'nobody is their own sponsor; expected somebody else'

function refusedAsNoSponsor({ name }: ActedSet): SponsoringVerdict {
  return refused(
    'not-a-sponsor',
    `${name} does not name the sponsor under \`spec.sponsors\`, or has made them DISABLED or banned them`,
  )
}
