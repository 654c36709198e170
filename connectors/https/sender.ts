import { lookup } from 'node:dns'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { createAddressRules } from './addresses.ts'
import { secretsOf } from './authorization.ts'
import { readBody, usualLimits } from './body.ts'
import { prepareConnections, requireUrl } from './connection.ts'
import { excerptOf, readStart } from './excerpt.ts'
import { delivering, explainFailure, HttpsFault } from './failures.ts'
import { redirected } from './redirect.ts'
import { send } from './send.ts'
import type { Sending } from './send.ts'
import type { HttpsSettings } from './settings.ts'
import { shownUrl } from './shown-url.ts'

/** One request to a destination. */
export interface SentRequest extends Pick<Sending, 'accept' | 'body' | 'headers' | 'method' | 'signal'> {
  readonly url: string
}

/** What a destination answered, whatever its status says. */
export interface HttpsReply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Whole where the status is a good one; else what can be read of it, at most 10,000 bytes. */
  readonly text: string
  /** The start of the text after a colon, on one line and without our secrets; nothing where there is none. */
  readonly words: string
}

/** What of a sender can be set. */
export interface SenderSettings extends HttpsSettings {
  /** Of one request and its answer together. */
  readonly wholeMs: number
  /** What besides the authorization must not be shown where it comes back. */
  readonly secrets?: readonly string[]
}

/** Sends requests to destinations. */
export interface HttpsSender {
  /** Fails with a GuildhallError for whatever is no answer, and for a redirect; shows no secret and no query. */
  send(request: SentRequest): Promise<HttpsReply>
  /** Ends the connections; every sender has to be closed. */
  close: () => void
}

/** Builds a sender with the guards that readers have: https alone, addresses outside, names resolved once, no redirects. */
export function createHttpsSender(settings: SenderSettings): HttpsSender {
  const rules = createAddressRules(settings.allowedPrivate)
  const connections = prepareConnections(settings, rules, settings.findAddresses ?? lookup)
  const common = { connections, authorization: settings.authorization, limits: { ...usualLimits, ...settings.limits } }
  return {
    async send(request) {
      request.signal.throwIfAborted()
      const shown = shownUrl(request.url)
      const late = AbortSignal.timeout(settings.wholeMs)
      const signal = AbortSignal.any([request.signal, late])
      try {
        const sending: Sending = { ...request, ...common, signal, shown, url: requireUrl(request.url, rules) }
        return await replyOf(await send(sending), sending, settings)
      } catch (error) {
        request.signal.throwIfAborted()
        throw explainFailure(delivering, shown, late.aborted ? tooLong(settings) : error)
      }
    },
    close() {
      connections.http.destroy()
      connections.https.destroy()
    },
  }
}

async function replyOf(response: IncomingMessage, sending: Sending, settings: SenderSettings): Promise<HttpsReply> {
  const { statusCode: status = 0, headers } = response
  if (status >= 300 && status < 400) {
    response.destroy()
    throw redirected(response, sending.url)
  }
  const isGood = status >= 200 && status < 300
  const text = isGood ? await wholeText(response, sending) : await readStart(response, sending.limits)
  const secrets = [...secretsOf(settings.authorization), ...(settings.secrets ?? [])]
  return { status, headers, text, words: excerptOf(text, secrets) }
}

async function wholeText(response: IncomingMessage, { limits, method }: Sending): Promise<string> {
  if (method === 'HEAD' || response.statusCode === 204) {
    response.resume()
    return ''
  }
  const pieces: Uint8Array[] = []
  for await (const piece of readBody({ response, limits })) pieces.push(piece)
  return Buffer.concat(pieces).toString('utf8')
}

function tooLong({ wholeMs }: SenderSettings): HttpsFault {
  return new HttpsFault('unreachable', `it took longer than ${wholeMs / 1_000} s`)
}
