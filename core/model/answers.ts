import type { Authentication } from './authentication.ts'
import type { Finding } from './finding.ts'
import type { ChangeKind } from './hold.ts'
import type { GuardReason } from './plan.ts'
import type { Scope } from './scope.ts'
import type { IdentityRef, MemberStatus } from './state.ts'

/** A finding as every output prints it: one flat object. */
export interface FlatFinding {
  readonly severity: Finding['severity']
  readonly code: string
  readonly message: string
  /** Null, like the three below, where there is no place to name. */
  readonly file: string | null
  readonly line: number | null
  readonly column: number | null
  readonly path: string | null
}

/** One effective member in a list. */
export interface ListedMember {
  readonly user: IdentityRef
  readonly identities: readonly IdentityRef[]
  readonly status: MemberStatus
  /** True with a row of its own on the VO or group asked about. */
  readonly direct: boolean
  readonly origins: readonly string[]
  readonly expires?: string
  /** With a ban from the VO. */
  readonly banned?: true
  /** Why a member of the VO was made what the status says, where a person gave a reason. */
  readonly reason?: string
  /** Of a member of the VO who is INVALID: what is missing, such as `LoA 2 or 3`, `terms 2026`, `user.email`. */
  readonly missing?: readonly string[]
  /** Who answers for a guest of the VO. */
  readonly sponsors?: readonly IdentityRef[]
  /** No person. */
  readonly serviceAccount?: true
  /** On a resource: whether they have access. */
  readonly access?: boolean
  /** On a resource: the assigned groups that lead there, with the VO or group of the row that lies in each. */
  readonly through?: readonly { readonly group: string; readonly row: string; readonly origin?: string }[]
}

/** The answer to `members`. */
export interface MembersAnswer {
  readonly members: readonly ListedMember[]
  /** Of a group, now: the rule that fills it, and where it stands. */
  readonly rule?: { readonly where: string; readonly file: string; readonly line: number }
  /** Of a group, now: the source that makes and keeps it. */
  readonly source?: string
}

/** Where a delivery stands. */
export type DeliveryState = 'delivered' | 'pending' | 'failing' | 'held' | 'blocked' | 'paused'

/** Why a delivery is blocked or paused. */
export interface DeliveryBlock {
  readonly kind: 'block' | 'pause'
  readonly by: string
  readonly reason: string
  readonly since: string
  /** Of a pause. */
  readonly until: string | null
}

/** A block or pause in force: of deliveries, or of a person, who is left out of files. */
export interface ListedBlock extends DeliveryBlock {
  /** Null for every one, which is so of a person only. */
  readonly facility: string | null
  /** Null, like the next one, for all of them. */
  readonly service: string | null
  readonly destination: string | null
  readonly user: IdentityRef | null
  readonly authentication: Authentication | null
}

/** The answer to `why`: whether a person has access to a resource, and by which chain of facts. */
export interface WhyAnswer {
  readonly access: boolean
  readonly status: MemberStatus | null
  /** Why the membership of the VO has its status, where somebody or something said so. */
  readonly reason?: string
  readonly chain: readonly {
    readonly kind: string
    readonly name: string
    readonly file?: string
    readonly line?: number
    /** Of a row that a rule makes: the rule, and the values that make it true. */
    readonly because?: string
    /** Of a group that a source makes and keeps: which. */
    readonly source?: string
  }[]
  readonly origins: readonly string[]
  readonly missing: readonly { readonly code: string; readonly message: string }[]
  readonly deliveries: readonly {
    readonly facility: string
    readonly service: string
    readonly destination: string
    readonly state: DeliveryState
  }[]
}

/** The answer to `why` about a VO: how a person stands in it, and why. */
export interface WhyMembershipAnswer {
  readonly status: MemberStatus | null
  /** Why the membership has its status, where somebody or something said so. */
  readonly reason?: string
  /** The first day on which it is over; of now only. */
  readonly expires?: string
  /** Membership rows of the person in the VO and its groups. */
  readonly rows: readonly {
    /** The VO, or `vo/group`. */
    readonly place: string
    /** Whether the row holds the person in the VO. */
    readonly holds: boolean
    readonly origin: string
    /** Of a row of a sponsor: who that is. */
    readonly by?: IdentityRef
    readonly status: MemberStatus
    readonly expires?: string
    readonly file?: string
    readonly line?: number
  }[]
  /** What sources say of the person, by attribute, and which others say something else; of now only, absent where there is nothing. */
  readonly values?: readonly { readonly name: string; readonly origin: string; readonly before?: readonly string[] }[]
  /** Levels of assurance; null where those of then are not kept. */
  readonly levels: readonly number[] | null
  /** The version in force, and what the person accepted last; of now only. */
  readonly terms?: {
    readonly version: string
    readonly accepted?: { readonly version: string; readonly at: string }
  }
  /** What is missing to be VALID, or keeps the person out all the same. */
  readonly missing: WhyAnswer['missing']
}

/** A held scope as the outputs print it, or a change of it that is held by itself. */
export interface ListedHold {
  readonly scope: Scope
  readonly digest: string
  readonly since: string
  readonly reasons: readonly GuardReason[]
  /** Absent for the scope of a commit. */
  readonly change?: ListedChange
}

/** A change that is held by itself. */
export interface ListedChange {
  readonly kind: ChangeKind
  /** Such as `member disable`. */
  readonly what: string
  /** The VO, or `vo/group`; null where it is gone, absent where it is about people themselves. */
  readonly place?: string | null
  /** How many people it is about. */
  readonly people: number
  /** Whose change it is, and why. */
  readonly by: string
  readonly authentication: Authentication | null
  readonly reason: string
}

/** What somebody would lose by a change that is held: the sets, such as `group astro/telescope`. */
export interface ListedLoss {
  readonly user: IdentityRef
  readonly loses: readonly string[]
}

/** What the clock of a VO does next. */
export interface ListedClock {
  readonly vo: string
  /** ISO 8601, UTC. */
  readonly at: string
  /** Such as `expire`. */
  readonly kind: string
  /** To how many people. */
  readonly count: number
}

/** One destination of a service: the newest generation and the last one delivered. */
interface DestinationStatus {
  readonly name: string
  readonly state: DeliveryState
  readonly generation: number | null
  readonly delivered: number | null
}

/** The answer to `status`. */
export interface StatusAnswer {
  /** The newest commit seen; null before the first. */
  readonly head: string | null
  readonly applied: Readonly<Record<string, string>>
  readonly holds: readonly ListedHold[]
  /** Mail that waits, may have arrived or not, or was refused; absent where there is none of it. */
  readonly mail?: { readonly waiting: number; readonly unknown: number; readonly failed: number }
  /** What each VO's clock does next, of those that have something to do; absent where none has, or there are very many VOs. */
  readonly clocks?: readonly ListedClock[]
  readonly errors: readonly FlatFinding[]
  /** Service accounts that nobody answers for any more; absent where there is none. */
  readonly withoutOwner?: readonly IdentityRef[]
  /** Syncs whose source could not be read to the end for a day; absent where there is none. */
  readonly unread?: readonly UnreadSync[]
  /** What operators keep from going out; absent where that is nothing. */
  readonly blocks?: readonly ListedBlock[]
  readonly facilities: readonly {
    readonly name: string
    readonly services: readonly { readonly name: string; readonly destinations: readonly DestinationStatus[] }[]
  }[]
}

/** One row of the answer to `deliveries`. */
export interface ListedDelivery extends Omit<DestinationStatus, 'name'> {
  readonly facility: string
  readonly service: string
  readonly destination: string
  readonly failures: number
  readonly since: string | null
  readonly error: string | null
  /** What keeps it from going out; absent where nothing does. */
  readonly block?: DeliveryBlock
}

/** What the start page shows of the instance: names and counts, no person. */
export interface OverviewAnswer {
  /** The Instance document; null before the first commit is in force. */
  readonly instance: { readonly name: string; readonly title: string | null } | null
  readonly vos: readonly {
    readonly name: string
    readonly title: string | null
    readonly valid: number
    /** Members of any other status. */
    readonly others: number
    readonly groups: number
    readonly resources: number
  }[]
}

/** How a run of a sync ended. */
export type SyncEnd = 'changed' | 'unchanged' | 'held' | 'incomplete' | 'failed'

/** What a run of a sync came to. */
export interface ListedRun {
  readonly at: string
  readonly outcome: SyncEnd
  readonly subjects: number
  readonly added: number
  readonly changed: number
  readonly removed: number
  /** By reason; of values by that and what they would be of, as `value-taken user.login`. */
  readonly skipped: Readonly<Record<string, number>>
  readonly digest: string | null
  /** What it failed with, or why it is held. */
  readonly error: string | null
}

/** A sync in force, as `sync status` lists it: who is in a place, or which groups lie below it. */
export interface ListedSync {
  readonly source: string
  readonly vo: string
  /** Null for the VO itself, and what is spread over its groups. */
  readonly group: string | null
  /** Whether it is who is in it; else which groups lie below it. */
  readonly fills: boolean
  readonly last: ListedRun | null
  /** The last one that read the source to the end. */
  readonly lastComplete: ListedRun | null
  /** The last one that did not. */
  readonly lastFailed: ListedRun | null
  /** What an approval of what is held now names. */
  readonly held: string | null
  /** When the source was last read to the end. */
  readonly readAt: string | null
  /** Since when it has not been, where the last run failed to. */
  readonly failingSince: string | null
}

/** A sync whose source could not be read for long. */
export interface UnreadSync extends Pick<ListedSync, 'group' | 'source' | 'vo'> {
  readonly since: string
  /** Of the last run, where the source failed. */
  readonly error: string | null
}

/** Something that a run of a sync would do. */
export interface PreviewedChange {
  /** Of people, or of groups that a source makes. */
  readonly action: 'join' | 'change' | 'leave' | 'make' | 'alter' | 'remove'
  /** Null where it is about a group. */
  readonly user: IdentityRef | null
  /** Null for the VO itself. */
  readonly group: string | null
  /** The date that the membership would have. */
  readonly expires: string | null
  /** What a group that would be called otherwise is called. */
  readonly from?: string
}
