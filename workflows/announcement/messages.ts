import type { HoldEnd } from '../../core/model/hold.ts'
import { voOfScope, type Scope } from '../../core/model/scope.ts'
import { stateAttribute, voAttribute } from '../search-attributes.ts'

/** What happens to a hold and is announced. */
export type HoldEvent = 'opened' | 'replaced' | 'reminded' | HoldEnd

/** What an announcement starts from: one event of one hold. */
export interface AnnouncementInput {
  readonly event: HoldEvent
  readonly instance: string
  readonly scope: Scope
  readonly digest: string
  /** The digest held before, where these changes took its place. */
  readonly replaces?: string
  readonly sinceAt: number
  readonly at: number
  /** Counts the reminders of a hold. */
  readonly reminder?: number
}

export interface AnnouncementOutcome {
  readonly kind: 'posted' | 'given-up' | 'nobody-to-tell'
  readonly reason?: string
}

/** Names the announcement of an event; a hold that is watched anew after a loss of Temporal gives the same names. */
export function announcementId(input: AnnouncementInput): string {
  const { event, scope, digest, sinceAt, reminder } = input
  const place = reminder === undefined ? event : `${event}-${reminder}`
  return `announcement/${scope}/${digest}/${sinceAt}/${place}`
}

/** The options of the child that makes an announcement: `startChild('announcement', …)`. */
export function announcing(input: AnnouncementInput) {
  const { event, scope, digest } = input
  const vo = voOfScope(scope)
  return {
    workflowId: announcementId(input),
    args: [input] satisfies [AnnouncementInput],
    // Neither the end of the hold nor the hold that follows it may take an announcement back.
    parentClosePolicy: 'ABANDON' as const,
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    memo: { scope, digest },
    staticSummary: `Announce ${scope}: ${event}`,
    typedSearchAttributes: [
      ...(vo === undefined ? [] : [{ key: voAttribute, value: vo }]),
      { key: stateAttribute, value: 'announcing' },
    ],
  }
}
