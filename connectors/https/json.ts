import { isUtf8 } from 'node:buffer'
import { failed, nothingKept } from './failures.ts'
import type { HttpsReader, HttpsRequest } from './reader.ts'
import { shownUrl } from './shown-url.ts'

/** An object of a JSON document, whose members nobody has looked at yet. */
export type JsonMembers = Readonly<Record<string, unknown>>

/**
 * Reads one JSON document; it is held in memory whole, so callers ask for a page at a time. Where its bytes are not UTF-8, half a
 * character stands in the place of each that is none, so that only the values with them are unreadable.
 */
export async function readJson(reader: HttpsReader, request: Omit<HttpsRequest, 'validator'>): Promise<unknown> {
  const answer = await reader.read(request)
  if (answer.kind === 'unchanged') throw nothingKept(shownUrl(request.url))
  const pieces: Uint8Array[] = []
  for await (const piece of answer.pieces) pieces.push(piece)
  const bytes = Buffer.concat(pieces)
  const text = bytes.toString('utf8')
  try {
    const parsed: unknown = JSON.parse(isUtf8(bytes) ? text : text.replaceAll('\ufffd', '\udfff'))
    return parsed
  } catch {
    throw failed('SOURCE_ANSWER_WRONG', shownUrl(request.url), 'its answer is not JSON, or is cut off')
  }
}

/** Tells whether a value of a JSON document is an object. */
export function hasMembers(value: unknown): value is JsonMembers {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Takes a value for a list of objects; undefined where it is something else. */
export function asObjects(value: unknown): readonly JsonMembers[] | undefined {
  const items: readonly unknown[] | undefined = Array.isArray(value) ? value : undefined
  return items?.every(hasMembers) === true ? items : undefined
}
