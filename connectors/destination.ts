import type { JsonObject } from '../core/model/json.ts'

/** One file of a snapshot. */
export interface SnapshotFile {
  /** Relative, with `/`; checked never to leave the destination's folder. */
  readonly path: string
  /** In bytes, with the generation filled in. */
  readonly size: number
}

/** The files to deliver. */
export interface Snapshot {
  readonly facility: string
  readonly service: string
  /** Rises by one each time the content differs from the newest snapshot before. */
  readonly generation: number
  /** Lower-case hex SHA-256 over the content without the generation. */
  readonly hash: string
  readonly files: readonly SnapshotFile[]
  /** The bytes of one file, with the generation filled in. */
  read(path: string): AsyncIterable<Uint8Array>
}

/** What the destination is given besides the snapshot. */
export interface DeliveryContext {
  /** Aborted when the attempt's time is over or the worker stops. */
  readonly signal: AbortSignal
  /** Tests stop the process here: after everything is sent, before it takes effect. */
  reached(point: 'delivery.during'): void
}

/** What the destination says it installed. */
export interface Receipt {
  readonly generation: number
  readonly hash: string
  /** False where it was there already. */
  readonly changed: boolean
}

/**
 * How something at the destination differs from the snapshot: `missing` (removed there, or not delivered yet), `different`,
 * `surplus` (of ours, and no longer wanted) or `foreign` (made by somebody else, where ours belongs or among ours).
 */
export interface Drift {
  readonly kind: 'missing' | 'different' | 'surplus' | 'foreign'
  /** Of a file, an entry or a row. */
  readonly name: string
}

/** What is at the destination now, held against a snapshot. */
export interface Observation {
  /** Of what was installed last; undefined where nothing was. */
  readonly generation: number | undefined
  /** How many are as the snapshot has them. */
  readonly same: number
  readonly counts: Readonly<Record<Drift['kind'], number>>
  /** The first hundred that were found of each kind, sorted by kind and name. */
  readonly drifts: readonly Drift[]
}

/** A place that takes snapshots. Repeating `deliver` is safe; an older generation never overwrites a newer one. */
export interface Destination {
  /** Fails with a GuildhallError that says what would be right; changes nothing. */
  check(context: DeliveryContext): Promise<void>
  deliver(snapshot: Snapshot, context: DeliveryContext): Promise<Receipt>
  /** Changes nothing. */
  observe(snapshot: Snapshot, context: DeliveryContext): Promise<Observation>
}

/** What a destination type may use of the process around it. */
export interface DestinationEnvironment {
  /** Absolute folder that directory destinations write under (`$GUILDHALL_OUT`). */
  readonly out: string
  /** Its name in the Facility document. */
  readonly destination: string
  /** Looks up `{secret: name}` for this destination's facility. */
  secret(name: string): Promise<string>
  /** The bytes of a file of the configuration repository, at the commit in force. */
  configFile(path: string): Promise<Uint8Array>
  /** Addresses inside that may be asked all the same, such as `10.1.2.3` or `::1` (`$GUILDHALL_ALLOW_PRIVATE`). */
  readonly allowedPrivate: readonly string[]
  /** Milliseconds since 1970, for what is signed with its time. */
  now(): number
}

/** A kind of destination: its options' JSON Schema lies beside it in `options.schema.json`. */
export interface DestinationType {
  readonly type: string
  create(options: JsonObject, environment: DestinationEnvironment): Destination
}
