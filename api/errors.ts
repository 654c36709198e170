import { maxHeaderSize, STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { ConnectionError, FastifyInstance, FastifyReply } from 'fastify'
import { GuildhallError } from '../core/errors.ts'
import type { ErrorCode } from '../core/error-codes.ts'

const statusOf: Partial<Record<ErrorCode, number>> = {
  ACTOR_NOT_ELIGIBLE: 403,
  APPLICATION_UNSETTLED: 503,
  COMMAND_MISUSED: 400,
  HOST_REFUSED: 403,
  KEY_REFUSED: 403,
  METHOD_REFUSED: 405,
  MOMENT_TO_COME: 400,
  RATE_LIMITED: 429,
  REQUEST_INVALID: 400,
  SIGNATURE_WRONG: 401,
  STATE_UNREACHABLE: 503,
  TOKEN_REFUSED: 401,
  VO_BUSY: 409,
}

/** What is not there, or is refused, whatever it is. */
function usualStatus(code: ErrorCode): number {
  if (code.endsWith('_UNKNOWN')) return 404
  return code.endsWith('_REFUSED') ? 409 : 500
}

/** Answers every error in one form; what is not ours is told to the log, not to the caller. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(async (error, request, reply) => {
    const known = error instanceof GuildhallError ? error : fromFramework(error)
    if (known !== undefined) return send(reply, known)
    request.log.error({ err: error, route: request.routeOptions.url }, 'A request failed')
    return send(reply, new GuildhallError('UNEXPECTED', 'The request failed; the log of the server says why'))
  })
  refuseUnknown(app)
}

/** Refuses what no route answers, before its body is read; expects to be called before the routes are added. */
function refuseUnknown(app: FastifyInstance): void {
  const methodsAt = new Map<string, string[]>()
  app.addHook('onRoute', ({ url, method }) => {
    methodsAt.set(url, [...(methodsAt.get(url) ?? []), method].flat())
  })
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return
    const { method, url } = request
    const [path = url] = url.split('?')
    const allow = methodsAt.get(path)?.sort().join(', ')
    if (allow === undefined) {
      const message = `There is nothing at ${method} "${url}"; /api/v1/openapi.json lists what there is`
      throw new GuildhallError('ROUTE_UNKNOWN', message, { facts: { method } })
    }
    reply.header('allow', allow)
    throw new GuildhallError('METHOD_REFUSED', `Cannot answer ${method} at "${path}": expected ${allow}`, {
      facts: { method, allow },
    })
  })
}

/** Answers what the framework refuses before any handler of errors is asked, such as an address that does not decode. */
export async function answerUnrouted(error: Error, _: unknown, reply: FastifyReply): Promise<void> {
  await send(reply, fromFramework(error) ?? new GuildhallError('UNEXPECTED', 'The request failed'))
}

/** Answers what is no request that could be read, and ends the connection. */
export function answerUnreadable(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const { status, why } = unreadable[error.code] ?? { status: 400, why: 'it is not HTTP' }
  const message = `Cannot read this request: ${why}`
  const body = JSON.stringify(problemOf(new GuildhallError('REQUEST_INVALID', message, { facts: { status } }), status))
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\nconnection: close\r\ncontent-type: ${problemType}`
  if (socket.writable) socket.write(`${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`)
  socket.destroy(error)
}

const unreadable: Readonly<Record<string, { readonly status: number; readonly why: string }>> = {
  ERR_HTTP_REQUEST_TIMEOUT: { status: 408, why: 'it did not arrive in time' },
  HPE_HEADER_OVERFLOW: { status: 431, why: `expected at most ${maxHeaderSize} bytes of address and headers` },
}

function fromFramework(error: unknown): GuildhallError | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  const { statusCode, message } = error
  if (typeof statusCode !== 'number' || statusCode < 400 || statusCode >= 500) return undefined
  return new GuildhallError('REQUEST_INVALID', `Cannot answer this request: ${message}`, {
    facts: { status: statusCode },
    cause: error,
  })
}

async function send(reply: FastifyReply, error: GuildhallError): Promise<FastifyReply> {
  const { code, facts } = error
  const status = typeof facts['status'] === 'number' ? facts['status'] : (statusOf[code] ?? usualStatus(code))
  if (code === 'TOKEN_REFUSED') reply.header('www-authenticate', 'Bearer')
  return reply.status(status).type(problemType).send(problemOf(error, status))
}

const problemType = 'application/problem+json; charset=utf-8'

/** A problem document (RFC 9457) with our code and the facts. */
function problemOf({ code, message, facts }: GuildhallError, status: number) {
  const title = STATUS_CODES[status] ?? 'Error'
  return { type: `urn:guildhall:error:${code}`, title, status, detail: message, error: { code, message, facts } }
}
