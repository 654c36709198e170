import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GuildhallError } from '../../core/errors.ts'
import { findUnkept } from '../../core/model/find-unkept.ts'
import type { AnyAct } from '../acts/act.ts'
import { acts } from '../acts/table.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { carriesToken } from '../operator-token.ts'
import { createRateLimit } from '../rate-limit.ts'
import { answers } from '../schemas.ts'

/** Answers to a form may be long. */
const mostBytes = 256 * 1024
const wrongKeys = { most: 20, spanMs: 60_000 } as const

/** What the commands do, for the operator: by the local socket, which is the operator's alone, or with the token. */
export function addOperatorRoutes(
  app: FastifyInstance,
  deps: ApiDependencies,
  { isOperator }: { readonly isOperator: boolean },
): void {
  if (!isOperator) app.addHook('onRequest', async (request) => requireToken(request, deps))
  for (const act of acts) if (act.isByKey === undefined) addRoute(app, deps, act)
}

/** What is done by whoever has a key that went to them by mail. */
export function addKeyRoutes(app: FastifyInstance, deps: ApiDependencies): void {
  const limit = createRateLimit({ ...wrongKeys, now: deps.now })
  app.addHook('onRequest', async ({ ip }, reply) => {
    const waitMs = limit.waitMs(ip)
    if (waitMs === undefined) return
    const seconds = Math.ceil(waitMs / 1000)
    reply.header('retry-after', String(seconds))
    throw new GuildhallError(
      'RATE_LIMITED',
      `Cannot look at another key now: too many were wrong; try again in ${seconds} seconds`,
      { facts: { seconds } },
    )
  })
  app.addHook('onError', async ({ ip }, _, error: Error) => {
    if (error instanceof GuildhallError && error.code === 'KEY_REFUSED') limit.failed(ip)
  })
  for (const act of acts) if (act.isByKey === true) addRoute(app, deps, act)
}

function addRoute(app: FastifyInstance, { withActs }: ApiDependencies, act: AnyAct): void {
  const { command, id, summary, method, path, isByKey } = act
  app.route({
    method,
    url: `/api/v1${path}`,
    bodyLimit: mostBytes,
    schema: {
      ...{ operationId: id, summary, description: `As \`guildhall ${command}\`.` },
      ...{ tags: [isByKey === true ? 'keys' : 'acts'], security: isByKey === true ? [] : [{ operator: [] }] },
      ...(method === 'GET' ? { querystring: act.input } : { body: act.input }),
      response: answers({ 200: act.answer }, [...errors[method], isByKey === true ? 429 : 401]),
    },
    handler: async ({ body, query }) => {
      const input = method === 'GET' ? query : body
      requireStorable(input)
      return withActs((context) => act.run(context, input))
    },
  })
}

const errors = { GET: [400, 404], POST: [400, 403, 404, 409, 413, 415, 503] } as const

/** What PostgreSQL cannot keep is refused before anything is done. */
function requireStorable(input: unknown): void {
  const lost = findUnkept(input)
  if (lost === undefined) return
  throw new GuildhallError(
    'REQUEST_INVALID',
    `Cannot answer this request: it has the character ${lost}, which can be kept nowhere`,
  )
}

async function requireToken(request: FastifyRequest, { operatorToken }: ApiDependencies): Promise<void> {
  const found = await operatorToken()
  if ('token' in found && carriesToken(request.headers.authorization, found.token)) return
  if ('absent' in found) request.log.warn({ reason: found.absent }, 'There is no token of the operator that counts')
  const why = 'absent' in found ? 'no token of the operator is set up here' : 'the token is missing or wrong'
  throw new GuildhallError(
    'TOKEN_REFUSED',
    `Cannot answer this request: ${why}; expected \`Authorization: Bearer TOKEN\` with the operator's token, or the local socket`,
  )
}
