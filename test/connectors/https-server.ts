import { createServer as createHttp } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createHttps } from 'node:https'
import type { Server } from 'node:net'
import type { KeyPair } from './certificates.ts'

/** One request as the server got it. */
export interface Received {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Answers one request. */
export type Answering = (request: Received, response: ServerResponse) => void

/** A web server of a test on 127.0.0.1. */
export interface WebServer {
  readonly port: number
  readonly received: readonly Received[]
  /** How many connections were opened. */
  connections(): number
  /** How many are open now. */
  open(): Promise<number>
  /** Answers otherwise from now on. */
  answer(answering: Answering): void
  stop(): Promise<void>
}

interface ServerSettings {
  /** Without it, plain http. */
  readonly pair?: KeyPair
  /** Only clients with a certificate of this authority are let in. */
  readonly clientsOf?: string
}

/** Starts a server on a free port. */
export async function startWebServer(answering: Answering, { pair, clientsOf }: ServerSettings): Promise<WebServer> {
  const received: Received[] = []
  let current = answering
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void textOf(request).then((body) => {
      const seen = { method: request.method ?? '', path: request.url ?? '', headers: request.headers, body }
      received.push(seen)
      current(seen, response)
    })
  }
  const only = clientsOf === undefined ? {} : { ca: clientsOf, requestCert: true, rejectUnauthorized: true }
  const server =
    pair === undefined
      ? createHttp(listener)
      : createHttps({ cert: pair.certificate, key: pair.key, ...only }, listener)
  let connections = 0
  server.on('connection', () => void (connections += 1))
  return {
    port: await listen(server),
    received,
    connections: () => connections,
    open: () => new Promise((resolve) => server.getConnections((_error, count) => resolve(count))),
    answer: (next) => void (current = next),
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Answers with JSON. */
export function answerJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function textOf(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of request) pieces.push(Buffer.from(piece as Uint8Array))
  return Buffer.concat(pieces).toString('utf8')
}
