import type { FindingCode } from '../finding-codes.ts'
import type { Scope } from './scope.ts'

/** A place in a file of the configuration repository; line and column count from 1. */
export interface Position {
  /** Path from the repository's root, with `/`. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One fault, or one thing worth knowing, about the configuration or the people in it. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly code: FindingCode
  readonly message: string
  /** Where it stands; a finding about state alone has no place. */
  readonly at?: Position
  /** Dotted path in the document, such as `spec.members[3]`. */
  readonly path?: string
  /** The scope an error keeps at its last good content; absent for a file that cannot be read at all. */
  readonly scope?: Scope
}
