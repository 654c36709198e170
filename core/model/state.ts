import type { JsonObject, JsonValue } from './json.ts'
import type { Position } from './finding.ts'
import type { DesiredObject, StoredObject } from './config-object.ts'
import type { Finding } from './finding.ts'
import type { Scope } from './scope.ts'

/** `<source>/<login>`, split at the first slash. */
export type IdentityRef = string

/** The key of a person in PostgreSQL. */
export type UserId = number

/** Where a membership row comes from (design section 4). */
type Origin = 'config' | 'sync' | 'rule' | 'application' | 'manager' | 'sponsor'

/** Status of a VO member; EXPIRED and DISABLED are set by the life cycle. */
export type MemberStatus = 'VALID' | 'INVALID' | 'EXPIRED' | 'DISABLED'

/** A person as the planner sees one. */
export interface Person {
  readonly id: UserId
  /** In output order: the first one is the person's name in every output. */
  readonly identities: readonly IdentityRef[]
  /** Stored values by full name (`user.login`), no defaults; only attributes that a VO or service requires, unique ones, and those that rules read. */
  readonly attributes: Readonly<Record<string, JsonValue>>
  /** The identities that were seen with a LoA; absent where none was. */
  readonly seen?: readonly SeenIdentity[]
}

/** An identity as it was last seen at its source. */
export interface SeenIdentity {
  readonly identity: IdentityRef
  readonly loa: number
  readonly at: Date
}

/** One direct membership; `group` is undefined for a VO's own row. */
export interface MembershipRow {
  readonly vo: string
  readonly group?: string
  readonly user: UserId
  readonly origin: Origin
  /** The source's name for `sync`, else empty. */
  readonly originName: string
  readonly status: 'VALID' | 'EXPIRED'
  readonly expires?: string
  /** Of a row of origin config: the values that git gives the member, by the name after the dot. */
  readonly attributes?: JsonObject
}

/** A person's membership in a VO. */
export interface VoMember {
  readonly vo: string
  readonly user: UserId
  readonly status: MemberStatus
  /** True where a person, not the clock or a source, ended the membership: only a person takes it up again. */
  readonly endedByPerson?: true
}

/** What is known of the terms of a VO: those in force, and those that were. */
export interface VoTerms {
  /** By its name in force. */
  readonly vo: string
  /** Each time that a version came into force, in order. */
  readonly versions: readonly TermsVersion[]
  /** When somebody last accepted which version. */
  readonly accepted: readonly { readonly version: string; readonly user: UserId; readonly at: Date }[]
  /** The texts that were accepted, also those that were only announced. */
  readonly acceptedTexts?: readonly { readonly version: string; readonly sha256: string }[]
  /** When the memberships began; empty where no terms are in force. */
  readonly joined: readonly { readonly user: UserId; readonly at: Date }[]
}

/** A version of a VO's terms that came into force. */
export interface TermsVersion {
  readonly version: string
  readonly sha256: string
  readonly since: Date
  /** True where the VO had no terms at all afterwards: nobody owes an acceptance of that time. */
  readonly isClosed: boolean
}

/** What is kept of people who are gone: hashes, in hexadecimal digits. */
interface Gone {
  /** Of unique values that nobody else ever gets; of texts it knows no case. */
  readonly values: readonly { readonly attribute: string; readonly hash: string; readonly user: UserId }[]
  /** Of identities of people who were erased. */
  readonly identities: readonly string[]
}

/** A set of people that the guard watches. */
export type WatchedSet =
  | { readonly kind: 'vo'; readonly vo: string }
  | { readonly kind: 'group'; readonly vo: string; readonly name: string }
  | { readonly kind: 'resource'; readonly vo: string; readonly name: string }
  | { readonly kind: 'facility'; readonly name: string }
  /** Whom the source's rows hold, over all VOs. */
  | { readonly kind: 'source'; readonly name: string }

/** A person who lost access to a watched set within the guard's window. */
export interface RecordedLoss {
  readonly set: WatchedSet
  readonly user: UserId
}

/** A ban in force: from a document, by its key in PostgreSQL. */
export interface Ban {
  readonly user: UserId
  readonly from: { readonly kind: 'VO' | 'Resource' | 'Facility'; readonly id: number }
}

/** A value that somebody chose, whose attribute names lists in which it has to stand. */
export interface PickedValue {
  readonly attribute: string
  readonly user: UserId
  /** The VO, facility, resource (`vo/name`) or group (`vo/name`) that it belongs to. */
  readonly of: string
  readonly value: JsonValue
  /** True where it stands in a list no more, and counts as missing. */
  readonly isAside: boolean
}

/** A value of somebody on a resource that must be unique on its facility. */
export interface PlacedValue {
  readonly attribute: string
  readonly user: UserId
  /** The resource, as `vo/name`, empty for one that is gone; absent of somebody who was gone, whose values are kept by person. */
  readonly resource?: string
  readonly value: JsonValue
  /** The facility where nobody else gets it, of a value that somebody had once. */
  readonly spentOn?: string
}

/** What PostgreSQL holds, as the planner reads it. */
export interface State {
  readonly objects: readonly StoredObject[]
  readonly people: readonly Person[]
  readonly rows: readonly MembershipRow[]
  readonly members: readonly VoMember[]
  readonly losses: readonly RecordedLoss[]
  readonly bans: readonly Ban[]
  /** Of the VOs that have or had terms. */
  readonly terms: readonly VoTerms[]
  readonly gone: Gone
  /** Values of holders other than user that a VO or service requires: which (user, VO or facility) has one. */
  readonly heldValues: readonly { readonly attribute: string; readonly user: UserId; readonly of: string }[]
  /** Values of the holder member that rules read, by the VO's name; absent where none does. */
  readonly memberValues?: readonly {
    readonly attribute: string
    readonly user: UserId
    readonly vo: string
    readonly value: JsonValue
  }[]
  /** What people chose, of the attributes whose lists the commit may change; absent where there are none. */
  readonly picks?: readonly PickedValue[]
  /** What must be unique on a facility, of resources that may move and of all who have the same; absent where there is none. */
  readonly placedValues?: readonly PlacedValue[]
  /** Who would have which unique derived value, and since when; `vo` is empty for the holder user. Absent where nothing is derived. */
  readonly derivedClaims?: readonly {
    readonly attribute: string
    readonly user: UserId
    readonly vo: string
    readonly isWithinVo: boolean
    readonly value: JsonValue
    readonly since: Date
  }[]
  /** The commit each scope was last brought to. */
  readonly applied: Readonly<Partial<Record<Scope, string>>>
}

/** A membership that git declares. */
export interface DesiredRow {
  readonly vo: string
  readonly group?: string
  readonly user: IdentityRef
  readonly at: Position
  /** The first day on which it is over, in the VO's time zone. */
  readonly expires?: string
  /** Values of `member.*`, or in a group of `member-group.*`, by the name after the dot; never empty. */
  readonly attributes?: JsonObject
}

/** What a commit (or a folder) asks for, after schemas and cross-document rules. */
export interface Desired {
  readonly objects: readonly DesiredObject[]
  readonly rows: readonly DesiredRow[]
  readonly findings: readonly Finding[]
  /** Files that could not be parsed: their documents count as those in force from the same file. */
  readonly unreadable: readonly string[]
  /** What a source says of the groups below one, by its id; below others they are to stay as they are. */
  readonly sourced?: { readonly base: number; readonly groups: readonly DesiredObject[] }
}
