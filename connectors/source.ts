import type { JsonObject } from '../core/model/json.ts'
import type { SourceRecord } from '../core/sources/record.ts'
import type { BodyCache } from './source-input/body-cache.ts'

export type { SourceRecord, UnreadableReason } from '../core/sources/record.ts'

/** In characters, of one value of one field. */
export const longestValue = 65_536

/** How a read came to its end. Without it, or with `complete: false`, a read changes nobody. */
export interface ReadEnd {
  /** Whether the source gave everybody it was asked for: never true for a page that only looks like the last one. */
  readonly complete: boolean
  /** How many records were given, counted by the connector as it received them. */
  readonly count: number
}

/** What a read is given besides what to select. */
export interface ReadContext {
  /** Aborted when the run is cancelled, its time is over, or the worker stops: the read ends soon with its reason. */
  readonly signal: AbortSignal
}

/**
 * A system outside that names people. A read holds one page in memory and takes the next only when asked for it; it throws a
 * GuildhallError where the source is away, refuses, or answers with something else than it should. Nothing it throws or logs has
 * a secret in it.
 */
export interface Source {
  /** Fails with a GuildhallError that says what would be right; reads no subject. */
  check(context: ReadContext): Promise<void>
  /**
   * Pages of at most 1,000 records. `select` is in the source's own terms; without it, everybody. There is no read of those alone who
   * changed (docs/decisions/0043).
   */
  subjects(select: string | undefined, context: ReadContext): AsyncGenerator<readonly SourceRecord[], ReadEnd>
}

/** What a source type may use of the process around it. */
export interface SourceEnvironment {
  /** Absolute folder that files on this machine are read from (`$GUILDHALL_IN`). */
  readonly in: string
  /** The bytes of a file of the configuration repository, at the commit in force. */
  configFile(path: string): Promise<Uint8Array>
  /** Looks up `{secret: name}` for this source's document. */
  secret(name: string): Promise<string>
  /** Addresses inside that may be asked all the same, such as `10.1.2.3` or `::1` (`$GUILDHALL_ALLOW_PRIVATE`). */
  readonly allowedPrivate: readonly string[]
  /** What files at addresses were when they were last read; without it, they are always asked for whole. */
  readonly bodyCache?: BodyCache | undefined
}

/** A kind of source: its options' JSON Schema lies beside it in `options.schema.json`. */
export interface SourceType {
  readonly type: string
  /** The template of the login where a Source document has none, such as `${uid}`. */
  readonly login: string
  create(options: JsonObject, environment: SourceEnvironment): Source
}
