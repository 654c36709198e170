import type { ClientRequest } from 'node:http'
import { pipeline } from 'node:stream/promises'

/** What a request brings along. */
export interface RequestBody {
  /** Its media type. */
  readonly type: string
  /** In bytes. */
  readonly size: number
  readonly pieces: () => AsyncIterable<Uint8Array>
}

/** A text as a body. */
export function textBody(type: string, text: string): RequestBody {
  const bytes = Buffer.from(text)
  const pieces = async function* (): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  return { type, size: bytes.length, pieces }
}

/** Writes a body piece by piece as the other side takes it, and says so each time; a failure is told by the request. */
export function writeBody(request: ClientRequest, body: RequestBody | undefined, taken: () => void): void {
  if (body === undefined) {
    request.end()
    return
  }
  const told = async function* (pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of pieces) {
      taken()
      yield piece
    }
    taken()
  }
  // A server that has answered reads no further: what then fails on the way there does not matter.
  pipeline(body.pieces(), told, request).catch(() => undefined)
}
