import type { Finding } from '../core/model/finding.ts'

/** Where a value stands in a document: keys and list indices from the top. */
export type DocumentPath = readonly (string | number)[]

/** One mistake in a plain document: what would be right, and whether the key or its value is wrong. */
export interface Fault {
  readonly code: Finding['code']
  readonly path: DocumentPath
  readonly on: 'key' | 'value'
  readonly message: string
}

/** What is written at a path, letter by letter; undefined where that is not known. */
export type WrittenAt = (path: DocumentPath) => string | undefined
