import type { FastifyInstance } from 'fastify'
import type { ApiDependencies } from '../dependencies.ts'
import { answers } from '../schemas.ts'

interface Check {
  readonly name: 'database' | 'temporal' | 'reconcile'
  readonly ok: boolean
  readonly message: string
}

const patienceMs = 2000

/** Whether the process lives, and whether its parts answer. */
export function addHealthRoutes(app: FastifyInstance, deps: ApiDependencies): void {
  app.get(
    '/healthz',
    {
      schema: {
        operationId: 'health',
        summary: 'Whether the process lives',
        tags: ['operation'],
        response: { 200: { description: 'It does.', type: 'string', const: 'ok' } },
      },
    },
    async (_, reply) => reply.type('text/plain; charset=utf-8').send('ok'),
  )

  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'readiness',
        summary: 'Whether database and Temporal answer and a commit has been looked at',
        tags: ['operation'],
        response: answers({ 200: 'Readiness', 503: 'Readiness' }),
      },
    },
    async (_, reply) => {
      const checks = await checkAll(deps)
      const ready = checks.every(({ ok }) => ok)
      return reply.status(ready ? 200 : 503).send({ ready, checks })
    },
  )
}

/** The metrics of the process; where they name VOs, for callers on this machine. */
export function addMetricsRoute(app: FastifyInstance, deps: ApiDependencies): void {
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'metrics',
        summary: 'Metrics in the text format of Prometheus',
        tags: ['operation'],
        response: { 200: { description: 'Metrics.', type: 'string' } },
      },
    },
    async (_, reply) => reply.type(deps.metrics.contentType).send(await deps.metrics.metrics()),
  )
}

/** The messages are read by anybody who can connect, so they say no more than needed. */
function checkAll({ reads, checkTemporal }: ApiDependencies): Promise<Check[]> {
  return Promise.all([
    check('database', async () => {
      await reads.ping()
      return 'answers'
    }),
    check('temporal', async () => {
      await checkTemporal()
      return 'answers'
    }),
    check('reconcile', async () => {
      const [last] = await reads.runs(1)
      if (last === undefined) throw new Error('no run yet')
      return `last run: ${last.outcome ?? 'going on'}`
    }),
  ])
}

async function check(name: Check['name'], work: () => Promise<string>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('late')), patienceMs)
  })
  try {
    return { name, ok: true, message: await Promise.race([work(), late]) }
  } catch {
    return { name, ok: false, message: name === 'reconcile' ? 'no commit has been looked at yet' : 'does not answer' }
  } finally {
    clearTimeout(timer)
  }
}
