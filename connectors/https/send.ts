import { request as requestHttp } from 'node:http'
import type { ClientRequest, IncomingMessage } from 'node:http'
import { request as requestHttps } from 'node:https'
import { authorizationHeader } from './authorization.ts'
import type { Authorization } from './authorization.ts'
import type { HttpsLimits } from './body.ts'
import type { Connections } from './connection.ts'
import { HttpsFault } from './failures.ts'
import { writeBody } from './request-body.ts'
import type { RequestBody } from './request-body.ts'
import type { Validator } from './validator.ts'

/** One request, as it is sent. */
export interface Sending {
  /** POST with a body and GET without one, where nothing else is said. */
  readonly method?: string
  readonly url: URL
  /** What of the URL may be shown. */
  readonly shown: string
  readonly accept: readonly string[]
  /** Of what is here already: it is sent only where it is another by now. */
  readonly validator?: Validator | undefined
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: RequestBody
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
  const { limits, body } = sending
  return new Promise((resolve, reject) => {
    const request = opened(sending)
    const late = () => request.destroy(new HttpsFault('unreachable', `no answer within ${limits.idleMs / 1_000} s`))
    const timer = setTimeout(late, limits.idleMs)
    let isWaiting = true
    const endWait = (): void => {
      isWaiting = false
      clearTimeout(timer)
    }
    request.on('close', () => {
      endWait()
      // Of what is no answer, such as a 101 that nobody asked for, nothing else is told.
      reject(new HttpsFault('answer-wrong', 'it ended the connection with something that is no answer'))
    })
    request.on('response', (response) => {
      endWait()
      // What comes after the length that was said is told by the request, when its answer seems to be over.
      request.on('error', (error) => response.destroy(error))
      resolve(response)
    })
    request.on('error', (error: NodeJS.ErrnoException) => {
      const isClosed = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(error.code ?? '')
      reject(isClosed ? new ClosedMeanwhile('closed', { cause: error }) : error)
    })
    writeBody(request, body, () => {
      if (isWaiting) timer.refresh()
    })
  })
}

function opened(sending: Sending): ClientRequest {
  const { url, connections, signal, body, method = body === undefined ? 'GET' : 'POST' } = sending
  const headers = headersOf(sending)
  return url.protocol === 'http:'
    ? requestHttp(url, { method, headers, agent: connections.http, signal })
    : requestHttps(url, { method, headers, agent: connections.https, signal })
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
    ...(body === undefined ? {} : { 'content-type': body.type, 'content-length': `${body.size}` }),
  }
}
