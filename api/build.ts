import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import { isIdentity } from '../schemas/validate.ts'
import type { ApiDependencies } from './dependencies.ts'
import { answerErrors, answerUnreadable, answerUnrouted } from './errors.ts'
import { apiSchemas } from './schemas.ts'
import { addKeyRoutes, addOperatorRoutes } from './routes/acts.ts'
import { addHealthRoutes, addMetricsRoute } from './routes/health.ts'
import { addReadRoutes, refuseForeignHosts } from './routes/read.ts'
import { addWebhookRoute } from './routes/webhook.ts'
import { addStartPage } from './pages/start-page.ts'

export interface BuildOptions {
  /** False where others than this machine can connect: nothing that reads people is served then. */
  readonly servesReads: boolean
  /** Whether whoever can connect is the operator: nobody else can open the local socket. */
  readonly isOperator?: boolean
  readonly log?: FastifyBaseLogger
}

/** Builds the server, not yet listening. */
export async function buildApi(
  deps: ApiDependencies,
  { servesReads, isOperator = false, log }: BuildOptions,
): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    ...(log === undefined ? {} : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    frameworkErrors: (...refused) => void answerUnrouted(...refused),
    clientErrorHandler: answerUnreadable,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, formats: { identity: isIdentity } } },
  })
  app.addHook('onRequest', async (_, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  })
  answerErrors(app)
  for (const schema of apiSchemas()) app.addSchema(schema)
  await app.register(swagger, document)
  await app.register(async (scope) => addHealthRoutes(scope, deps))
  await app.register(async (scope) => {
    if (servesReads && !isOperator) refuseForeignHosts(scope)
    addMetricsRoute(scope, deps)
  })
  await app.register(async (scope) => addWebhookRoute(scope, deps))
  await app.register(async (scope) => addOperatorRoutes(scope, deps, { isOperator }))
  await app.register(async (scope) => addKeyRoutes(scope, deps))
  if (servesReads) {
    await app.register(async (scope) => addReadRoutes(scope, deps, { isOperator }))
    await app.register(async (scope) => addStartPage(scope, deps))
  }
  await app.ready()
  return app
}

const document: FastifyDynamicSwaggerOptions = {
  openapi: {
    openapi: '3.1.0',
    info: {
      title: 'Guildhall',
      version: '1',
      description:
        'Reads what is in force, and does what the commands do. There is no sign-in yet: what is in force is read on the loopback address only; what the commands do is done for the operator, by the local socket or with the token; a key that went out by mail is its own proof.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    components: {
      securitySchemes: {
        operator: {
          type: 'http',
          scheme: 'bearer',
          description: 'The token of the operator; the local socket needs none.',
        },
      },
    },
    tags: [
      { name: 'state', description: 'What is in force' },
      { name: 'acts', description: 'What the commands do, for the operator' },
      { name: 'keys', description: 'For whoever has a key that went to them by mail' },
      { name: 'operation', description: 'Health, metrics, webhook' },
    ],
  },
  refResolver: { buildLocalReference: (schema) => nameOf(schema.$id) },
}

function nameOf(id: unknown): string {
  if (typeof id === 'string') return id
  throw new Error('a schema of the API has no $id')
}
