import swagger from '@fastify/swagger'
import fastify, { LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify'
import type { ApiDependencies } from './dependencies.ts'
import { answerErrors, answerUnreadable, answerUnrouted } from './errors.ts'
import { apiSchemas } from './schemas.ts'
import { addHealthRoutes, addMetricsRoute } from './routes/health.ts'
import { addReadRoutes, refuseForeignHosts } from './routes/read.ts'
import { addWebhookRoute } from './routes/webhook.ts'
import { addStartPage } from './pages/start-page.ts'

export interface BuildOptions {
  /** False where others than this machine can connect: nothing that reads people is served then. */
  readonly servesReads: boolean
  readonly log?: FastifyBaseLogger
}

/** Builds the server, not yet listening. */
export async function buildApi(deps: ApiDependencies, { servesReads, log }: BuildOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    ...(log === undefined ? {} : { loggerInstance: log }),
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    requestTimeout: 60_000,
    forceCloseConnections: 'idle',
    frameworkErrors: (...refused) => void answerUnrouted(...refused),
    clientErrorHandler: answerUnreadable,
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  })
  app.addHook('onRequest', async (_, reply) => {
    reply.headers({ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
  })
  answerErrors(app)
  for (const schema of apiSchemas()) app.addSchema(schema)
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Guildhall',
        version: '1',
        description:
          'Reads what is in force. There is no sign-in yet: everything but health, metrics and the webhook is served on the loopback address only.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'state', description: 'What is in force' },
        { name: 'operation', description: 'Health, metrics, webhook' },
      ],
    },
    refResolver: { buildLocalReference: (schema) => nameOf(schema.$id) },
  })
  await app.register(async (scope) => addHealthRoutes(scope, deps))
  await app.register(async (scope) => {
    if (servesReads) refuseForeignHosts(scope)
    addMetricsRoute(scope, deps)
  })
  await app.register(async (scope) => addWebhookRoute(scope, deps))
  if (servesReads) {
    await app.register(async (scope) => addReadRoutes(scope, deps))
    await app.register(async (scope) => addStartPage(scope, deps))
  }
  await app.ready()
  return app
}

function nameOf(id: unknown): string {
  if (typeof id === 'string') return id
  throw new Error('a schema of the API has no $id')
}
