import type { Day } from '../lifecycle/calendar.ts'
import type { JsonValue } from '../model/json.ts'
import type { IdentityRef } from '../model/state.ts'

/** An identity at another source, which this one vouches for. */
export interface AssertedIdentity {
  readonly identity: IdentityRef
  /** The level of assurance with which the identity counts as seen. */
  readonly loa?: number
}

/** A person as a source names them. */
export interface SyncSubject {
  /** What the source calls them, `<source>/<login>`. */
  readonly identity: IdentityRef
  /** Identities at other sources that this one vouches for. */
  readonly others?: readonly AssertedIdentity[]
  /** Before this day the source does not mean it yet. */
  readonly starts?: Day
  /** The day on which it is over. */
  readonly expires?: Day
  /** The source still lists them, but as somebody who is a member no more. */
  readonly isOver?: boolean
  /** The groups that a read for a whole VO puts them in, below its base. */
  readonly groups?: readonly string[]
  /** What the source says of them, by attribute; who has nothing to say of an attribute has no key. */
  readonly values?: Readonly<Record<string, JsonValue>>
  /** What it says and nobody can use; the person goes on without. */
  readonly unusable?: readonly UnusableValue[]
}

/** Something that a source says and that is none: of an attribute, or a group. */
export interface UnusableValue {
  readonly reason: ValueSkip
  /** The attribute, or `groups`. */
  readonly of: string
  readonly message: string
}

/** Why a value alone is left out: a field of it cannot be read, its expression cannot be computed, it does not fit, or it stands in no list. */
export type ValueSkip = 'value-unreadable' | 'expression-failed' | 'value-invalid'

/** Why a record is left out: no login, a field that cannot be read, a date or a status that is none. */
export type RecordSkip = 'no-identity' | 'unreadable' | 'date-invalid' | 'status-invalid'

/** A record that no subject is made of; whoever it names, where that is known, keeps what they have. */
export interface SkippedRecord {
  readonly kind: 'skipped'
  readonly reason: RecordSkip
  /** The key of the Source document for which nothing could be made, or the field that cannot be read. */
  readonly field: string
  readonly identity?: IdentityRef
}

/** What becomes of a record. */
export type MappedRecord = { readonly kind: 'subject'; readonly subject: SyncSubject } | SkippedRecord
