import type { IncomingMessage } from 'node:http'
import { withoutSecrets } from './authorization.ts'
import { readBody } from './body.ts'
import type { HttpsLimits } from './body.ts'
import { typeOf } from './media-type.ts'

const longestStart = 10_000
const longestWords = 200

/** What an answer that refuses says of it, as far as that is a short text; otherwise nothing. */
export async function readStart(response: IncomingMessage, limits: HttpsLimits): Promise<string> {
  if (!/json|^text\/plain/.test(typeOf(response))) {
    response.destroy()
    return ''
  }
  const pieces: Uint8Array[] = []
  try {
    for await (const piece of readBody({ response, limits: { ...limits, bytes: longestStart } })) pieces.push(piece)
  } catch {
    return ''
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** The start of a text that a server answered, after a colon: on one line, and without our secrets. */
export function excerptOf(text: string, secrets: readonly string[]): string {
  const line = withoutSecrets(text, secrets)
    .replace(/[\s\p{C}]+/gu, ' ')
    .trim()
  if (line === '') return ''
  return `: ${line.length > longestWords ? `${line.slice(0, longestWords)}…` : line}`
}
