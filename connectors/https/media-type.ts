import type { IncomingMessage } from 'node:http'

/** The media type of an answer, in lower case and without parameters; empty where it says none. */
export function typeOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  return (headers['content-type'] ?? '').split(';', 1).join('').trim().toLowerCase()
}
