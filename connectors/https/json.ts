import { GuildhallError } from '../../core/errors.ts'
import type { HttpsReader, HttpsRequest } from './reader.ts'

/** Reads one JSON document; it is held in memory whole, so callers ask for a page at a time. */
export async function readJson(reader: HttpsReader, request: Omit<HttpsRequest, 'etag'>): Promise<unknown> {
  const answer = await reader.read(request)
  if (answer.kind === 'unchanged') return undefined
  const pieces: Uint8Array[] = []
  for await (const piece of answer.pieces) pieces.push(piece)
  try {
    const parsed: unknown = JSON.parse(Buffer.concat(pieces).toString('utf8'))
    return parsed
  } catch {
    const { origin, pathname } = new URL(request.url)
    throw new GuildhallError(
      'SOURCE_ANSWER_WRONG',
      `Cannot read ${origin}${pathname}: its answer is not JSON, or is cut off`,
    )
  }
}
