import type {
  AttributeSpec,
  FacilitySpec,
  FormSpec,
  GroupSpec,
  InstanceSpec,
  NotificationSpec,
  ResourceSpec,
  ServiceSpec,
  SourceSpec,
  UserSpec,
  VoSpec,
} from '../../schemas/generated/config.ts'
import type { Position } from './finding.ts'

/** The terms of a VO, with their text and the SHA-256 of its bytes. */
export type Terms = Omit<NonNullable<VoSpec['terms']>, 'next'> &
  TermsText & {
    /** What is announced, and can be accepted already. */
    readonly next?: NonNullable<NonNullable<VoSpec['terms']>['next']> & TermsText
  }

/** A text with the SHA-256 of its bytes. */
interface TermsText {
  readonly text: string
  readonly sha256: string
}

/** What each kind of document holds under `spec`; members and membersFrom are kept apart, as membership rows. */
export interface Specs {
  readonly Instance: InstanceSpec
  readonly Source: SourceSpec
  readonly User: UserSpec
  readonly VO: Omit<VoSpec, 'members' | 'membersFrom' | 'terms'> & { readonly terms?: Terms }
  readonly Group: Omit<GroupSpec, 'members' | 'membersFrom'>
  readonly Resource: ResourceSpec
  readonly Facility: FacilitySpec
  readonly Service: ServiceSpec
  readonly Attribute: AttributeSpec
  readonly Form: FormSpec
  readonly Notification: NotificationSpec
}

/** The kinds of configuration documents, in the order in which they are added (removal runs backwards). */
export const configKinds = [
  'Instance',
  'Source',
  'Attribute',
  'Service',
  'User',
  'Facility',
  'VO',
  'Group',
  'Resource',
  'Form',
  'Notification',
] as const satisfies readonly (keyof Specs)[]

/** One of the kinds of configuration documents. */
export type ConfigKind = (typeof configKinds)[number]

/** Tells whether documents of the kind lie in a VO: all of them, or those that name one. */
export function liesInVo(kind: ConfigKind): boolean {
  return ['Group', 'Resource', 'Form', 'Notification'].includes(kind)
}

/** Tells whether documents of the kind may lie in a VO or in none, and count for the whole installation then. */
export function mayLieInNone(kind: ConfigKind): boolean {
  return kind === 'Notification'
}

interface ConfigObjectOf<K extends ConfigKind> {
  readonly kind: K
  /** The VO it belongs to, for kinds that lie in one. */
  readonly vo?: string
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly spec: Specs[K]
  /** VO and Group: true where git names the members (key `members` or `membersFrom` present, even when empty). */
  readonly governsMembers: boolean
}

/** A configuration document as data; identity is (kind, vo, name). */
export type ConfigObject<K extends ConfigKind = ConfigKind> = { [P in K]: ConfigObjectOf<P> }[K]

/** The lines of keys that messages name, by where the key stands: `exclusive`, `attributes.queues`, `managers.idp/ada`. */
export type KeyLines = Readonly<Record<string, number>>

/** Of a group that no document declares: below which group a source keeps it, by that one's id, and what it is there. */
export interface Sourced {
  readonly base: number
  readonly key: string
}

/** A document of the commit being looked at, with where it stands and the old names it claims. */
export type DesiredObject<K extends ConfigKind = ConfigKind> = ConfigObject<K> & {
  readonly previously: readonly string[]
  readonly at: Position
  /** Where the rule of a group stands. */
  readonly whereAt?: Position
  readonly keyLines?: KeyLines
  readonly sourced?: Sourced
}

/** A document in force, as PostgreSQL holds it. */
export type StoredObject<K extends ConfigKind = ConfigKind> = ConfigObject<K> & {
  readonly id: number
  readonly at: Position
  /** Of an attribute: the old names that it claimed when it was last applied; absent where there are none. */
  readonly previously?: readonly string[]
  readonly sourced?: Sourced
  /** Of a group that a source keeps: what it was called before, the latest first; absent where it was never called otherwise. */
  readonly formerly?: readonly string[]
  /** Of VOs, groups, resources and facilities with values of their own. */
  readonly keyLines?: KeyLines
}

/** The identity of a document as one string, for maps: `Group astro/telescope`, `Facility hpc`. */
export function objectKey(object: { readonly kind: ConfigKind; readonly vo?: string; readonly name: string }): string {
  return object.vo === undefined ? `${object.kind} ${object.name}` : `${object.kind} ${object.vo}/${object.name}`
}

/** Narrows a document to one kind. */
export function isKind<K extends ConfigKind, T extends { readonly kind: ConfigKind }>(
  object: T,
  kind: K,
): object is Extract<T, { readonly kind: K }> {
  return object.kind === kind
}
