import { lookup } from 'node:dns'
import { createAddressRules } from './addresses.ts'
import { acceptAnswer } from './answer.ts'
import type { HttpsAnswer } from './answer.ts'
import { usualLimits } from './body.ts'
import { prepareConnections, requireUrl } from './connection.ts'
import { explainFailure, reading } from './failures.ts'
import { send } from './send.ts'
import { shownUrl } from './shown-url.ts'
import type { Sending } from './send.ts'
import type { HttpsSettings } from './settings.ts'

/** One request: what media types can be read, the `validator` of an answer that is here already; a `body` makes it a POST. */
export interface HttpsRequest extends Pick<Sending, 'accept' | 'body' | 'headers' | 'signal' | 'validator'> {
  readonly url: string
}

/** Asks servers, one request after the other on a connection that is kept. */
export interface HttpsReader {
  /** Fails with a GuildhallError for whatever is not an answer of a type that was asked for; shows no secret and no query. */
  read(request: HttpsRequest): Promise<HttpsAnswer>
  /** Ends the connections; every reader has to be closed. */
  close: () => void
}

/**
 * Builds a reader that asks https servers outside, and those inside that are listed. A name is resolved once for a connection, and the
 * address that was looked at is the one that is asked. Redirects are not followed. Plain http goes to this machine alone, where that is listed.
 */
export function createHttpsReader(settings: HttpsSettings): HttpsReader {
  const rules = createAddressRules(settings.allowedPrivate)
  const limits = { ...usualLimits, ...settings.limits }
  const connections = prepareConnections(settings, rules, settings.findAddresses ?? lookup)
  return {
    async read(request) {
      request.signal.throwIfAborted()
      const shown = shownUrl(request.url)
      try {
        const url = requireUrl(request.url, rules)
        const sending = { ...request, url, shown, limits, connections, authorization: settings.authorization }
        return await acceptAnswer(await send(sending), sending)
      } catch (error) {
        request.signal.throwIfAborted()
        throw explainFailure(reading, shown, error)
      }
    },
    close() {
      connections.http.destroy()
      connections.https.destroy()
    },
  }
}
