import type { MemberStatus } from '../model/state.ts'
import type { Day } from './calendar.ts'

/** A membership about to be made VALID again. */
export interface Lifting {
  readonly status: MemberStatus
  /** What `extend` answered; only its step 1 leaves a date that is over. */
  readonly expires: Day | undefined
  /** In the VO's time zone. */
  readonly today: Day
}

/**
 * Tells the date that holds once EXPIRED or DISABLED is lifted: one that is over by then is dropped, or the member would expire again at once.
 * It does not lift: gates, bans and who set DISABLED are checked by whoever changes the status.
 */
export function dateAfterLifting({ status, expires, today }: Lifting): Day | undefined {
  const isLifted = status === 'EXPIRED' || status === 'DISABLED'
  return isLifted && expires !== undefined && expires <= today ? undefined : expires
}
