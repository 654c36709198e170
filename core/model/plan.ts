import type { ConfigKind, DesiredObject, StoredObject } from './config-object.ts'
import type { Finding, Position } from './finding.ts'
import type { JsonObject } from './json.ts'
import type { Scope } from './scope.ts'
import type { IdentityRef, MemberStatus, UserId, WatchedSet } from './state.ts'

/** One change to a document; a document both moved and altered is one `move` with `fields` not empty. */
export interface DocumentChange {
  readonly scope: Scope
  readonly action: 'add' | 'change' | 'move' | 'remove'
  readonly kind: ConfigKind
  readonly vo?: string
  readonly name: string
  readonly have?: StoredObject
  readonly want?: DesiredObject
  /** Keys under spec (or `title`, `description`, `members`) whose value differs. */
  readonly fields: readonly string[]
  readonly at?: Position
}

/** One change to a membership row of origin config, or of origin rule. */
export interface MembershipChange {
  readonly scope: Scope
  /** `change`: with `expires` or `attributes` the row gets another date or other values; else it passes to origin manager, as git names no members any more. */
  readonly action: 'add' | 'change' | 'remove'
  readonly kind: 'Member' | 'GroupMember'
  readonly vo: string
  /** The VO, or the group. */
  readonly name: string
  readonly user: IdentityRef
  /** Given where the rule of the group adds or removes the row, or the row of a source goes that fills the set no more. */
  readonly origin?: 'rule' | 'sync'
  /** Of a row of origin sync. */
  readonly source?: string
  /** True where the document is exclusive: the person's rows go of every origin but sync and rule, and a VO member held by nothing. */
  readonly everyOrigin?: true
  /** The row's date and the one it had, null for none; of an added row only where it has one. */
  readonly expires?: { readonly before: string | null; readonly after: string | null }
  /** The values it gives the member and those it gave; only where they differ. */
  readonly attributes?: { readonly before: JsonObject; readonly after: JsonObject }
  readonly at?: Position
}

/** Tells whether a row passes to the managers, because git names no members any more. */
export function isReleased({ action, expires, attributes }: MembershipChange): boolean {
  return action === 'change' && expires === undefined && attributes === undefined
}

/** One change of a plan. */
export type Change = DocumentChange | MembershipChange

/** A person's effective access (VALID) to a resource that a plan gives or takes. */
export interface AccessDelta {
  readonly user: IdentityRef
  readonly vo: string
  readonly resource: string
  readonly facility: string
}

/** Who gains and who loses which access. */
export interface Impact {
  readonly gained: readonly AccessDelta[]
  readonly lost: readonly AccessDelta[]
}

/** Why the guard holds a scope. */
export interface GuardReason {
  readonly code:
    | 'adds-too-many'
    | 'becomes-empty'
    | 'deletes-with-dependants'
    | 'last-manager'
    | 'removes-too-many'
    | 'rename-suspected'
    | 'source-empty'
    | 'source-lacks-field'
    | 'source-shrank'
    | 'source-swaps-people'
  /** What it is about, such as `facility hpc`. */
  readonly subject: string
  readonly message: string
  readonly removed?: number
  readonly base?: number
  readonly limit?: string
}

/** Someone who loses what a watched set stands for. */
export interface Loss {
  readonly set: WatchedSet
  readonly user: UserId
}

/** The guard's word on one scope. */
export interface ScopeVerdict {
  readonly scope: Scope
  /** Hash of the scope's sorted changes without file, line, commit or time. */
  readonly digest: string
  readonly verdict: 'pass' | 'held'
  readonly reasons: readonly GuardReason[]
  readonly losses: readonly Loss[]
}

/** A VO member whose status a plan sets; newcomers who are not named are VALID. */
export interface StatusChange {
  /** The VO's name after the commit. */
  readonly vo: string
  readonly user: IdentityRef
  readonly status: MemberStatus
}

/** What applying a commit would do; pure data, in the order of application. */
export interface Plan {
  readonly version: 1
  readonly digest: string
  readonly changes: readonly Change[]
  readonly impact: Impact
  /** Whether each resource that changed, or whose facility did, lies within its offer now, and which levels of assurance that asks for. */
  readonly offers: readonly {
    readonly vo: string
    readonly name: string
    readonly isWithin: boolean
    readonly loa?: readonly number[]
  }[]
  /** Follows from the changes, and from attributes that waiting members have got since; part of no digest. */
  readonly statuses: readonly StatusChange[]
  /** Whom the rule of a group would bring in, and for whom there is no place; part of no digest. */
  readonly waiting: readonly { readonly vo: string; readonly group: string; readonly user: IdentityRef }[]
  readonly findings: readonly Finding[]
  readonly guard: { readonly verdict: 'pass' | 'held'; readonly scopes: readonly ScopeVerdict[] }
}
