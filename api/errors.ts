import type { FastifyInstance, FastifyReply } from 'fastify'
import { GuildhallError } from '../core/errors.ts'
import type { ErrorCode } from '../core/error-codes.ts'

const statusOf: Partial<Record<ErrorCode, number>> = {
  IDENTITY_UNKNOWN: 404,
  OBJECT_UNKNOWN: 404,
  HOST_REFUSED: 403,
  REQUEST_INVALID: 400,
  ROUTE_UNKNOWN: 404,
  SIGNATURE_WRONG: 401,
  STATE_UNREACHABLE: 503,
  VO_BUSY: 409,
}

/** Answers every error in one form; what is not ours is told to the log, not to the caller. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler(async (error, request, reply) => {
    const known = error instanceof GuildhallError ? error : fromFramework(error)
    if (known !== undefined) return send(reply, known)
    request.log.error({ err: error, route: request.routeOptions.url }, 'A request failed')
    return send(reply, new GuildhallError('UNEXPECTED', 'The request failed; the log of the server says why'))
  })
  app.setNotFoundHandler(async (request, reply) => {
    const message = `There is nothing at ${request.method} "${request.url}"; /api/v1/openapi.json lists what there is`
    return send(reply, new GuildhallError('ROUTE_UNKNOWN', message, { facts: { method: request.method } }))
  })
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

async function send(reply: FastifyReply, { code, message, facts }: GuildhallError): Promise<FastifyReply> {
  const status = typeof facts['status'] === 'number' ? facts['status'] : (statusOf[code] ?? 500)
  return reply.status(status).send({ error: { code, message, facts } })
}
