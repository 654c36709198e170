import { createHmac } from 'node:crypto'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { FastifyInstance } from 'fastify'
import { buildApi } from '../../api/build.ts'
import { createThrottle } from '../../api/throttle.ts'
import { fakeDependencies } from './fake-dependencies.ts'

const secret = 'a secret of the git server'
const body = '{"ref":"refs/heads/main"}'
const open: FastifyInstance[] = []

afterEach(async () => {
  for (const app of open.splice(0)) await app.close()
})

function signed(text: string, key = secret): string {
  return `sha256=${createHmac('sha256', key).update(text).digest('hex')}`
}

async function webhook({ webhookSecret }: { webhookSecret?: string }) {
  const asked: string[] = []
  const app = await buildApi(
    fakeDependencies({
      ...(webhookSecret === undefined ? {} : { webhookSecret }),
      requestReconcile: async () => void asked.push('reconcile'),
    }),
    { servesReads: false },
  )
  open.push(app)
  const call = async (headers: Record<string, string>, payload = body) =>
    app.inject({
      method: 'POST',
      url: '/api/v1/webhook',
      headers: { 'content-type': 'application/json', ...headers },
      payload,
    })
  const post = async (...args: Parameters<typeof call>) => (await call(...args)).statusCode
  return { asked, call, post }
}

describe('the webhook', () => {
  it.each(['x-hub-signature-256', 'x-guildhall-signature'])(
    'asks for a reconcile when signed in %s',
    async (header) => {
      const { asked, post } = await webhook({ webhookSecret: secret })

      const code = await post({ [header]: signed(body) })

      expect(code).toBe(202)
      expect(asked).toEqual(['reconcile'])
    },
  )

  it('refuses whatever is not signed with the secret, and asks for nothing', async () => {
    const { asked, post } = await webhook({ webhookSecret: secret })

    const codes = [
      await post({}),
      await post({ 'x-hub-signature-256': '' }),
      await post({ 'x-hub-signature-256': 'sha256=00' }),
      await post({ 'x-hub-signature-256': signed(body, 'another secret') }),
      await post({ 'x-hub-signature-256': signed(body) }, `${body} `),
      await post({ 'x-hub-signature-256': signed(body).replace('sha256', 'sha1') }),
    ]

    expect(codes).toEqual([401, 401, 401, 401, 401, 401])
    expect(asked).toEqual([])
  })

  it('refuses every call where no secret is configured, and says so', async () => {
    const { call } = await webhook({})

    const answer = await call({ 'x-hub-signature-256': signed(body, '') })

    expect(answer.statusCode).toBe(401)
    expect(answer.json()).toMatchObject({
      error: {
        code: 'SIGNATURE_WRONG',
        message:
          'Cannot accept this webhook: no secret is configured here; set GUILDHALL_WEBHOOK_SECRET to the secret of the git server and start again',
        facts: { variable: 'GUILDHALL_WEBHOOK_SECRET' },
      },
    })
  })

  it('signs over the bytes, whatever the content type', async () => {
    const { post } = await webhook({ webhookSecret: secret })

    expect(
      await post({ 'content-type': 'text/strange', 'x-hub-signature-256': signed('ž not json') }, 'ž not json'),
    ).toBe(202)
  })

  it('does not read more than it has to', async () => {
    const { post } = await webhook({ webhookSecret: secret })

    expect(await post({ 'x-hub-signature-256': signed(body) }, 'x'.repeat(6 * 1024 * 1024))).toBe(413)
  })

  it('answers many pushes but asks once a second', async () => {
    const { asked, post } = await webhook({ webhookSecret: secret })

    const codes = await Promise.all(Array.from({ length: 20 }, () => post({ 'x-hub-signature-256': signed(body) })))

    expect(new Set(codes)).toEqual(new Set([202]))
    expect(asked).toHaveLength(1)
  })
})

describe('the throttle', () => {
  it('waits no longer than its time where the clock is set back', async () => {
    const times = [0, 0, -3_600_000]
    let runs = 0
    const twice = new Promise<void>((done) => {
      const work = async () => {
        runs += 1
        if (runs === 2) done()
      }
      const now = () => new Date(times.shift() ?? 0)
      const throttle = createThrottle({ everyMs: 20, now, work, failed: () => undefined })
      void throttle.ask()
      void throttle.ask()
    })

    await twice

    expect(runs).toBe(2)
  })

  it('runs once more when the time is over, so that nothing asked for is lost', async () => {
    let runs = 0
    const twice = new Promise<void>((done) => {
      const work = async () => {
        runs += 1
        if (runs === 2) done()
      }
      const throttle = createThrottle({ everyMs: 20, now: () => new Date(), work, failed: () => undefined })
      void throttle.ask()
      void throttle.ask()
      void throttle.ask()
    })

    await twice

    expect(runs).toBe(2)
  })
})
