import type { Expiration } from '../../schemas/generated/config.ts'
import type { MemberStatus } from '../model/state.ts'
import { durationOf, minus, nextYearlyDay, plus, type Day, type Duration } from './calendar.ts'

/** Who asks for what, and when. */
export interface ExtensionRequest {
  readonly rules: Expiration | undefined
  /** The highest LoA of the person; none counts as 0. */
  readonly loa: number | undefined
  /** Undefined for somebody who is no member. */
  readonly status: MemberStatus | undefined
  readonly current: Day | undefined
  /** In the VO's time zone. */
  readonly today: Day
  readonly action: 'join' | 'extend'
  /** False where absent. */
  readonly serviceAccount?: boolean
}

/** Why an extension is refused. */
export type RefusalReason = 'never-expires' | 'loa-too-low' | 'not-renewable' | 'outside-window'

/** Whether it is allowed, and the date that then holds. */
export type Extension =
  | { readonly allowed: true; readonly expires: Day | undefined }
  | { readonly allowed: false; readonly reason: RefusalReason; readonly expires: Day | undefined }

/** How long a membership lasts once it is made or extended. */
type Term = { readonly kind: 'by'; readonly length: Duration } | { readonly kind: 'until'; readonly yearly: string }

type LoaEntry = NonNullable<Expiration['byLoa']>[number]

/**
 * Decides about joining and extending, the same for "may I" and "do it", in the order of the steps numbered below.
 * Without a general `extendBy` or `extendUntil` nothing ends, whatever `byLoa` says; an entry without either keeps the general one.
 * A join comes without a date; with one, the steps treat it as they do an extension. Who may join at all, sponsors, bans and the
 * status afterwards are not its business, and a date that is over stays in step 1: `dateAfterLifting` drops it.
 */
export function extend(request: ExtensionRequest): Extension {
  const { rules, current, today } = request
  const usual = termIn(rules)
  if (rules === undefined || usual === undefined || isExempt(request, rules)) return { allowed: true, expires: current }
  const entry = rules.byLoa?.find(({ loa }) => loa === loaOf(request))
  const reason = refusal(request, rules, entry)
  if (reason !== undefined) return { allowed: false, reason, expires: current }
  const next = nextDate(termIn(entry) ?? usual, today, windowOf(rules))
  // Step 7: an extension never shortens.
  return { allowed: true, expires: current !== undefined && current > next ? current : next }
}

/** Step 1: without a term nothing ends. Step 4: a term of the person's LoA takes the place of the general one. */
function termIn(terms: Pick<Expiration, 'extendBy' | 'extendUntil'> | undefined): Term | undefined {
  if (terms?.extendBy !== undefined) return { kind: 'by', length: durationOf(terms.extendBy) }
  return terms?.extendUntil === undefined ? undefined : { kind: 'until', yearly: terms.extendUntil }
}

/** Step 1: neither does it for an exempt service account. */
function isExempt({ serviceAccount }: ExtensionRequest, { exemptServiceAccounts }: Expiration): boolean {
  return serviceAccount === true && exemptServiceAccounts === true
}

/** Steps 2 to 5: the first that refuses; 3 is the LoA, 4 its own entry. */
function refusal(request: ExtensionRequest, rules: Expiration, entry: LoaEntry | undefined): RefusalReason | undefined {
  const { current } = request
  if (current === undefined) return neverExpires(request) ? 'never-expires' : undefined
  if (rules.notRenewableLoas?.includes(loaOf(request)) === true) return 'loa-too-low'
  if (entry?.renewable === false) return 'not-renewable'
  return isTooEarly(request, current, windowOf(rules)) ? 'outside-window' : undefined
}

/** Step 2: without a date only who has lost the membership has something to extend. */
function neverExpires({ action, status }: ExtensionRequest): boolean {
  return action === 'extend' && (status === 'VALID' || status === 'INVALID')
}

/** Step 5: the window's first day counts, and DISABLED comes back at any time. */
function isTooEarly({ status, today }: ExtensionRequest, current: Day, window: Duration | undefined): boolean {
  return window !== undefined && status !== 'DISABLED' && today < minus(current, window)
}

/** Step 6: who comes within the window of a yearly day gets the one a year later. */
function nextDate(term: Term, today: Day, window: Duration | undefined): Day {
  if (term.kind === 'by') return plus(today, term.length)
  const next = nextYearlyDay(term.yearly, today)
  const isWithin = window !== undefined && today >= minus(next, window)
  return isWithin ? nextYearlyDay(term.yearly, next) : next
}

function windowOf({ window }: Expiration): Duration | undefined {
  return window === undefined ? undefined : durationOf(window)
}

function loaOf({ loa }: ExtensionRequest): number {
  return loa ?? 0
}
