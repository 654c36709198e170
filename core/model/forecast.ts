import type { Day } from '../lifecycle/calendar.ts'
import type { IdentityRef } from './state.ts'

/** One thing that happens to one person by then, if nobody does anything. */
export interface ForecastChange {
  /** ISO 8601, UTC. */
  readonly at: string
  /** In the VO's time zone; of a facility's ban the instance's. */
  readonly day: Day
  /** Null for a ban from a facility. */
  readonly vo: string | null
  readonly user: IdentityRef
  /** The status that a member gets, `deleted`, `extended`, `removed` from a group, `notice`, `unban`, `loses access` by what ends. */
  readonly what: string
  /** The group or resource it is about, what a ban is from, or which notice. */
  readonly name?: string
  /** The date that the membership has then, or had. */
  readonly expires?: Day
}

/** A VO, group or resource whose date comes. */
export interface ForecastEnd {
  /** ISO 8601, UTC. */
  readonly at: string
  readonly day: Day
  readonly vo: string
  readonly kind: 'VO' | 'Group' | 'Resource'
  readonly name: string
}

/** A set that loses more people on one day than a change could take away without an approval. */
interface ForecastLimit {
  readonly day: Day
  readonly vo: string
  /** Such as `group astro/telescope`. */
  readonly subject: string
  readonly message: string
  /** True where the dates stood for a week: the losses do not count with others of the guard's window. */
  readonly isForeseen: boolean
}

/** What becomes due within some time, and what comes of it. */
export interface Forecast {
  readonly from: string
  readonly until: string
  readonly changes: readonly ForecastChange[]
  readonly ends: readonly ForecastEnd[]
  readonly limits: readonly ForecastLimit[]
  /** VOs that have fewer than two managers then, and had more. */
  readonly managers: readonly {
    readonly day: Day
    readonly vo: string
    readonly before: number
    readonly after: number
  }[]
  /** Groups in which nobody is VALID any more. */
  readonly emptied: readonly { readonly day: Day; readonly vo: string; readonly group: string }[]
  /** Mails to members, and those who have notices but no address. */
  readonly mail: readonly {
    readonly day: Day
    readonly vo: string
    readonly mails: number
    readonly unreachable: number
  }[]
}
