import type { IncomingMessage } from 'node:http'
import { HttpsFault } from './failures.ts'

/** The failure of an answer that sends us elsewhere; it names the host alone. */
export function redirected({ statusCode, headers }: IncomingMessage, url: URL): HttpsFault {
  const { location } = headers
  if (location === undefined || !URL.canParse(location, url.href))
    return new HttpsFault('answer-wrong', `it answers ${statusCode ?? 0}`)
  const { host } = new URL(location, url)
  return new HttpsFault(
    'answer-wrong',
    `it answers ${statusCode ?? 0} and sends us to "${host}", and redirects are not followed; if that is meant, write its URL`,
  )
}
