import type { JsonObject } from '../model/json.ts'

/** An end of a group's membership or of a guest: the first day on which it is over, and the one before. */
interface End extends JsonObject {
  readonly expires: string
  readonly lastDay: string
}

/** What the templates of an event of memberships may name. */
export interface MembershipTags extends JsonObject {
  readonly vo: { readonly name: string; readonly title: string }
  readonly user: { readonly identity: string; readonly displayName: string }
  readonly membership: {
    readonly status: string
    /** The first day on which it is over, `YYYY-MM-DD`; like the rest empty where it has no date. */
    readonly expires: string
    readonly lastDay: string
    readonly daysLeft: number
  }
  readonly notices: {
    /** By which these mails are declined; empty where there is nothing to decline. */
    readonly key: string
  }
  /** Memberships of groups that end or have ended too, by name. */
  readonly groups: readonly (End & { readonly name: string; readonly title: string })[]
  /** Guests of the reader who leave or have left, by date. */
  readonly guests: readonly (End & {
    readonly identity: string
    readonly displayName: string
    /** Whether the reader answers for the guest no more. */
    readonly isCountdown: boolean
  })[]
  /** Terms that the reader has to accept; null where there are none. */
  readonly terms: {
    readonly version: string
    readonly since: string
    /** The first day without access. */
    readonly acceptBy: string
    readonly lastDay: string
    readonly isOver: boolean
    /** The first day on which the acceptance there is counts no more; empty where there is none. */
    readonly acceptedUntil: string
  } | null
}
