import type { FastifyInstance, FastifyRequest } from 'fastify'
import { GuildhallError } from '../../core/errors.ts'
import type { ApiDependencies } from '../dependencies.ts'
import { answers } from '../schemas.ts'
import { isSignedBy } from '../signature.ts'
import { createThrottle } from '../throttle.ts'

const everyMs = 1000
const mostBytes = 5 * 1024 * 1024
const headers = ['x-hub-signature-256', 'x-guildhall-signature'] as const

/** Lets a git server tell of a push; what it says is not read, only that it may say so. */
export function addWebhookRoute(app: FastifyInstance, { requestReconcile, webhookSecret, now }: ApiDependencies): void {
  const failed = (error: unknown) => app.log.error({ err: error }, 'Cannot ask for a reconcile')
  const throttle = createThrottle({ everyMs, now, work: requestReconcile, failed })
  app.addHook('onClose', async () => throttle.stop())
  // The signature is over the bytes as sent.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_, body, done) => done(null, body))

  app.post(
    '/api/v1/webhook',
    {
      bodyLimit: mostBytes,
      schema: {
        operationId: 'webhook',
        summary: 'A push to the configuration repository',
        description:
          'Signed by HMAC-SHA256 over the body in `X-Hub-Signature-256` (as GitHub, Gitea and Forgejo send it) or `X-Guildhall-Signature`, as `sha256=<hex>`. At most one look at the repository a second comes of it.',
        tags: ['operation'],
        headers: {
          type: 'object',
          properties: Object.fromEntries(headers.map((header) => [header, { type: 'string', maxLength: 200 }])),
        },
        response: answers({ 202: 'Accepted' }, [401, 413]),
      },
    },
    async (request, reply) => {
      requireSignature(request, webhookSecret)
      await throttle.ask()
      return reply.status(202).send({ accepted: true })
    },
  )
}

function requireSignature(request: FastifyRequest, secret: string | undefined): void {
  if (secret === undefined) {
    const variable = 'GUILDHALL_WEBHOOK_SECRET'
    const message = `Cannot accept this webhook: no secret is configured here; set ${variable} to the secret of the git server and start again`
    throw new GuildhallError('SIGNATURE_WRONG', message, { facts: { variable } })
  }
  const signature = headers.map((header) => request.headers[header]).find((value) => typeof value === 'string')
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
  if (typeof signature === 'string' && isSignedBy({ body, secret, signature })) return
  throw new GuildhallError(
    'SIGNATURE_WRONG',
    'Cannot accept this webhook: expected X-Hub-Signature-256 (or X-Guildhall-Signature) with the HMAC-SHA256 of the body under the configured secret',
  )
}
