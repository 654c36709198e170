import type { Day } from '../lifecycle/calendar.ts'

/** Where somebody stands in for another: with neither, in all VOs. */
export interface DelegationScope {
  /** Of a delegation about one application the VO that this is for. */
  readonly vo: number | null
  readonly application: number | null
}

/** For how long: from a moment on, and up to another where there is an end. */
interface DelegationPeriod {
  readonly startsAt: Date
  readonly endsAt: Date | null
}

/** A delegation there is. */
export interface Standing extends DelegationScope, DelegationPeriod {
  readonly id: number
  readonly delegator: number
  readonly delegate: number
}

/** A delegation that somebody wants. */
export interface DelegationQuestion extends DelegationScope, DelegationPeriod {
  readonly delegator: number
  readonly delegate: number
  /** The first day, where it does not begin at once, and the first day without it. */
  readonly from: Day | null
  readonly until: Day | null
  readonly today: Day
  readonly isDelegatePerson: boolean
  /** Those there are of either of the two. */
  readonly others: readonly Standing[]
}

/** Why there is no such delegation; stable words. */
export type DelegationRefusal = 'chain' | 'date-past' | 'delegated-already' | 'no-person' | 'oneself'

/** Why a delegation is refused. */
export interface RefusedDelegation {
  readonly reason: DelegationRefusal
  readonly message: string
}

/**
 * Decides whether somebody may stand in for another; undefined where they may. Nobody stands in for themselves, a service account for
 * nobody, and nobody who is away for somebody else.
 */
export function judgeDelegation(question: DelegationQuestion): RefusedDelegation | undefined {
  const { delegator, delegate, isDelegatePerson, others } = question
  if (delegator === delegate) return refused('oneself', 'nobody stands in for themselves; name somebody else')
  if (!isDelegatePerson)
    return refused('no-person', 'a service account stands in for nobody; name one of the people who answer for it')
  const days = judgeDays(question)
  if (days !== undefined) return days
  const beside = others.filter((one) => isBeside(question, one))
  const same = beside.find((one) => one.delegator === delegator && one.delegate === delegate && covers(one, question))
  if (same !== undefined)
    return refused('delegated-already', `delegation ${same.id} says so for that time; end it first to have another end`)
  return judgeChain(question, beside)
}

function judgeDays({ from, until, today }: DelegationQuestion): RefusedDelegation | undefined {
  if (from !== null && from < today)
    return refused('date-past', `${from} has come already; expected ${today} or a day after it`)
  const first = from ?? today
  if (until === null || until > first) return undefined
  return refused('date-past', `the first day without it would be ${until}; expected a day after ${first}`)
}

function judgeChain(
  { delegator, delegate }: DelegationQuestion,
  beside: readonly Standing[],
): RefusedDelegation | undefined {
  const away = beside.find((one) => one.delegator === delegate)
  if (away !== undefined)
    return refused('chain', `they are away themselves by delegation ${away.id}; name who is there, or end it first`)
  const standingIn = beside.find((one) => one.delegate === delegator)
  if (standingIn === undefined) return undefined
  return refused('chain', `who is to be away stands in for another by delegation ${standingIn.id}; end it first`)
}

/** Whether both hold somewhere at the same moment. */
function isBeside(one: DelegationPeriod & DelegationScope, other: DelegationPeriod & DelegationScope): boolean {
  const isAtOnce = endOf(one) > other.startsAt.getTime() && endOf(other) > one.startsAt.getTime()
  return isAtOnce && (covers(one, other) || covers(other, one))
}

function covers(wide: DelegationScope, narrow: DelegationScope): boolean {
  if (wide.application !== null) return wide.application === narrow.application
  return wide.vo === null || wide.vo === narrow.vo
}

function endOf({ endsAt }: DelegationPeriod): number {
  return endsAt === null ? Infinity : endsAt.getTime()
}

function refused(reason: DelegationRefusal, message: string): RefusedDelegation {
  return { reason, message }
}
