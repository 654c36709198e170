import type { Expiration } from '../../../schemas/generated/config.ts'
import type { Position } from '../../model/finding.ts'
import type { MembershipRow, MemberStatus } from '../../model/state.ts'
import type { Day } from '../calendar.ts'

/** What a manager or a member can do to the membership of a VO; of a group all but `disable`, `enable` and `delete`. */
export type MemberAct = 'add' | 'remove' | 'extend' | 'expires' | 'disable' | 'enable' | 'leave' | 'delete'

/** A row of the set that is acted on. */
export interface StandingRow {
  readonly origin: MembershipRow['origin']
  readonly originName: string
  readonly status: MembershipRow['status']
  readonly expires: Day | undefined
  /** Where git names it. */
  readonly at: Pick<Position, 'file' | 'line'> | undefined
}

/** What decides about an act: the person, the rows there are, and the rules. */
export interface Standing {
  /** Of the VO member; undefined for who is none. */
  readonly member: MemberStatus | undefined
  /** The date of the VO member; for a group that of the rows in it. */
  readonly expires: Day | undefined
  /** Rows of the VO itself, or of the group that is acted on. */
  readonly rows: readonly StandingRow[]
  /** Of a VO: what else holds the member, such as `group "telescope" (vo.yaml:12)`. */
  readonly heldBy: readonly string[]
  /** The highest LoA of the person; 0 where none is known. */
  readonly loa: number
  readonly serviceAccount: boolean
}

/** The set that is acted on: a VO, or a group of one. */
export interface ActedSet {
  /** As people read it: `VO "astro"`, `group "astro/telescope"`. */
  readonly name: string
  readonly kind: 'vo' | 'group'
  readonly rules: Expiration | undefined
  /** Where the document says that nobody but those it names may be in it. */
  readonly exclusiveAt: Pick<Position, 'file' | 'line'> | undefined
  /** What is over, the VO before the group, and since which day. */
  readonly over?: { readonly kind: 'vo' | 'group'; readonly name: string; readonly since: Day }
}

/** One act on one person. */
export interface ActRequest<Act extends MemberAct = MemberAct> {
  readonly act: Act
  /** Of `expires` and `add`: the date asked for, null for none. */
  readonly expires?: Day | null | undefined
  /** In the VO's time zone. */
  readonly today: Day
}

/** Why an act is refused; stable words. */
export type ActRefusal =
  | 'already-member'
  | 'already-disabled'
  | 'date-past'
  | 'declared'
  | 'exclusive'
  | 'group-expired'
  | 'is-over'
  | 'loa-too-low'
  | 'never-expires'
  | 'not-a-member'
  | 'not-disabled'
  | 'not-in-group'
  | 'not-renewable'
  | 'outside-window'
  | 'sponsored'
  | 'vo-expired'

/** What an act comes to. */
export type ActVerdict =
  | {
      readonly allowed: true
      /** The row to write, or its new date; null for no date. */
      readonly write?: { readonly origin: MembershipRow['origin']; readonly expires: Day | null }
      /** Every row of managers and applications gets this date. */
      readonly redate?: Day | null
      /** Every row of managers and applications ends. */
      readonly endRows?: true
      /** The membership of the VO ends, with every row that is left. */
      readonly endMember?: true
      /** EXPIRED or DISABLED goes, and the gates say what comes. */
      readonly lift?: true
      readonly disable?: true
    }
  | { readonly allowed: false; readonly reason: ActRefusal; readonly message: string }

/** Rows that managers write, and may take away. */
export function isManaged({ origin }: Pick<StandingRow, 'origin'>): boolean {
  return origin === 'manager' || origin === 'application'
}

/** Rows that git, a source or a rule keeps. */
export function isKept({ origin }: Pick<StandingRow, 'origin'>): boolean {
  return origin === 'config' || origin === 'sync' || origin === 'rule'
}
