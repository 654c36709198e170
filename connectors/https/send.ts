import { request as requestHttp } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { authorizationHeader } from './authorization.ts'
import type { Authorization } from './authorization.ts'
import type { HttpsLimits } from './body.ts'
import type { Connections } from './connection.ts'
import { failed } from './failures.ts'
import type { Validator } from './validator.ts'

/** One request, as it is sent. */
export interface Sending {
  readonly url: URL
  /** What of the URL may be shown. */
  readonly shown: string
  readonly accept: readonly string[]
  /** Of what is here already: it is sent only where it is another by now. */
  readonly validator?: Validator | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: { readonly type: string; readonly text: string }
  readonly authorization: Authorization | undefined
  readonly limits: HttpsLimits
  readonly connections: Connections
  readonly signal: AbortSignal
}

/** Sends a request until the head of its answer is here; again where a kept connection had just been closed. */
export async function send(sending: Sending): Promise<IncomingMessage> {
  try {
    return await sendOnce(sending)
  } catch (error) {
    if (sending.body !== undefined || !(error instanceof ClosedMeanwhile)) throw error
    return sendOnce(sending)
  }
}

class ClosedMeanwhile extends Error {
  override readonly name = 'ClosedMeanwhile'
  readonly code = 'ECONNRESET'
}

async function sendOnce(sending: Sending): Promise<IncomingMessage> {
  const { url, shown, connections, limits, signal, body } = sending
  const isPlain = url.protocol === 'http:'
  const open = isPlain ? requestHttp : requestHttps
  const agent = isPlain ? connections.http : connections.https
  const method = body === undefined ? 'GET' : 'POST'
  return new Promise((resolve, reject) => {
    const request = open(url, { method, headers: headersOf(sending), agent, signal })
    const late = () =>
      request.destroy(failed('SOURCE_UNREACHABLE', shown, `no answer within ${limits.idleMs / 1_000} s`))
    const timer = setTimeout(late, limits.idleMs)
    request.on('close', () => {
      clearTimeout(timer)
      // Of what is no answer, such as a 101 that nobody asked for, nothing else is told.
      reject(failed('SOURCE_ANSWER_WRONG', shown, 'it ended the connection with something that is no answer'))
    })
    request.on('response', (response) => {
      clearTimeout(timer)
      // What comes after the length that was said is told by the request, when its answer seems to be over.
      request.on('error', (error) => response.destroy(error))
      resolve(response)
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isClosed = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')
      reject(isClosed ? new ClosedMeanwhile('closed', { cause: error }) : error)
    })
    request.end(body?.text)
  })
}

const conditions = { etag: 'if-none-match', lastModified: 'if-modified-since' } as const

function headersOf({ accept, validator, headers, body, authorization }: Sending): Record<string, string> {
  return {
    ...headers,
    accept: accept.join(', '),
    'accept-encoding': 'gzip',
    'user-agent': 'guildhall',
    ...(validator === undefined ? {} : { [conditions[validator.kind]]: validator.value }),
    ...(authorization === undefined ? {} : { authorization: authorizationHeader(authorization) }),
    ...(body === undefined ? {} : { 'content-type': body.type, 'content-length': `${Buffer.byteLength(body.text)}` }),
  }
}
