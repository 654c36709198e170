import type { GroupSpec, VoSpec } from '../../schemas/generated/config.ts'
import type { ConfigKind, Specs } from '../model/config-object.ts'
import type { Finding, Position } from '../model/finding.ts'

type FullSpecs = Omit<Specs, 'VO' | 'Group'> & { readonly VO: VoSpec; readonly Group: GroupSpec }

interface DocumentOf<K extends ConfigKind> {
  readonly apiVersion: 'guildhall/v1'
  readonly kind: K
  readonly metadata: {
    readonly name: string
    readonly vo?: string
    readonly title?: string
    readonly description?: string
    readonly previously?: readonly string[]
  }
  readonly spec: FullSpecs[K]
}

/** A document that satisfies the schema of its kind. */
export type ConfigDocument<K extends ConfigKind = ConfigKind> = { [P in K]: DocumentOf<P> }[K]

/** Keys and list indices from the top of a document. */
export type Path = readonly (string | number)[]

/** The people a `membersFrom` file names, with the line of each. */
export interface PeopleFile {
  readonly file: string
  readonly identities: readonly string[]
  /** The date of each, empty for none; undefined where the file has no such column. */
  readonly expires: readonly string[] | undefined
  readonly lines: ArrayLike<number>
}

/** The text of terms, with the SHA-256 of its bytes. */
interface TermsText {
  readonly text: string
  readonly sha256: string
}

/** A document as it was read, with where its parts stand. */
export interface ReadDocument {
  readonly document: ConfigDocument
  readonly at: Position
  /** Tells where the key or the value at a path stands. */
  locate(path: Path, on?: 'key' | 'value'): Position
  /** Tells where each entry of the list at a path stands; quick for long lists. */
  locateEntries(path: Path): (index: number) => Position
  /** What `spec.membersFrom` names. */
  readonly people?: PeopleFile
  /** Text of the templates of a Service, by output file. */
  readonly templates?: Readonly<Record<string, string>>
  /** What `spec.terms.file` of a VO holds. */
  readonly terms?: TermsText
  /** What `spec.terms.next.file` holds. */
  readonly nextTerms?: TermsText
}

/** What names a document. */
export interface ObjectName {
  readonly kind: ConfigKind
  readonly vo?: string
  readonly name: string
}

/** Everything that was read of a commit or a folder. */
export interface Reading {
  readonly documents: readonly ReadDocument[]
  /** What was wrong already: files that cannot be read, documents that break their schema. */
  readonly findings: readonly Finding[]
  /** Files that count as their last good content. */
  readonly unreadable: readonly string[]
  /** Documents that are there and are not in `documents`, as they are bad or their file is; a reference to one is no mistake. */
  readonly present: readonly ObjectName[]
}
