import type { Snapshot } from '../../destination.ts'
import { jsonPayload } from './json-payload.ts'
import type { HttpsOptions } from './options.ts'
import { rereadable } from './rereadable.ts'
import { tarPayload } from './tar-payload.ts'

/** What is posted of a snapshot. */
export interface Payload {
  /** Its media type. */
  readonly type: string
  /** All but the end; the same bytes each time. */
  pieces(): AsyncGenerator<Uint8Array>
  /** Without it nothing can be taken for whole. */
  readonly end: Uint8Array
}

/** Lays out a snapshot as a body. */
export async function payloadOf(snapshot: Snapshot, body: HttpsOptions['body'], signal: AbortSignal): Promise<Payload> {
  const files = rereadable(snapshot, signal)
  return body === 'json' ? jsonPayload(files) : tarPayload(files)
}
