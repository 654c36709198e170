import { afterEach, describe, expect, it } from '@jest/globals'
import { isSignedBy } from '../../api/signature.ts'
import { createWebhook } from '../../connectors/webhook/webhook.ts'
import { startReceiver, type Receiver } from '../support/receiver.ts'

const secret = 'a key of the receiver'
const body = '{"event":"opened","scope":"vo:astro","approve":"guildhall approve d1 --reason \\"…\\""}'
const open: Receiver[] = []

afterEach(async () => {
  for (const receiver of open.splice(0)) await receiver.close()
})

async function receiverThat(answer?: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
  const receiver = await startReceiver(answer)
  open.push(receiver)
  return receiver
}

async function post(url: string, { signal = new AbortController().signal, withinMs = 10_000 } = {}) {
  return createWebhook({ url, secret }, { withinMs }).post({ id: 'announcement/vo:astro/d1/1/opened', body, signal })
}

describe('a webhook', () => {
  it('is posted as JSON with its id, signed over the bytes in the form our own endpoint takes', async () => {
    const receiver = await receiverThat()

    const result = await post(receiver.url)

    const [first] = receiver.received
    expect(result).toEqual({ kind: 'posted' })
    expect(receiver.received).toHaveLength(1)
    expect(first).toMatchObject({
      path: '/holds/key-in-path',
      headers: { 'content-type': 'application/json', 'x-guildhall-delivery': 'announcement/vo:astro/d1/1/opened' },
      body,
    })
    const signature = String(first?.headers['x-guildhall-signature'])
    expect(isSignedBy({ body: Buffer.from(body), secret, signature })).toBe(true)
    expect(isSignedBy({ body: Buffer.from(body), secret: 'another key', signature })).toBe(false)
  })

  it.each([301, 302, 307, 400, 401, 404, 500, 503])(
    'that is answered with %i has failed, without a word of the path',
    async (status) => {
      const elsewhere = await receiverThat()
      const receiver = await receiverThat({
        answer: (response) => response.writeHead(status, { location: elsewhere.url }).end('some words'),
      })

      const result = await post(receiver.url)

      expect(result).toEqual({ kind: 'failed', reason: `127.0.0.1:${receiver.port} answered ${status}` })
      expect(elsewhere.received).toEqual([])
    },
  )

  it('to a receiver that hangs ends when its time is over', async () => {
    const receiver = await receiverThat({ answer: () => undefined })

    const result = await post(receiver.url, { withinMs: 200 })

    expect(result).toEqual({ kind: 'failed', reason: `127.0.0.1:${receiver.port}: no answer within 0.2 s` })
    expect(receiver.received).toHaveLength(1)
  })

  it('is not read beyond the status, however long the answer', async () => {
    const receiver = await receiverThat({ answer: (response) => void response.writeHead(200).write('on and on') })

    expect(await post(receiver.url)).toEqual({ kind: 'posted' })
  })

  it('to a receiver that is down has failed', async () => {
    const receiver = await startReceiver()
    await receiver.close()

    const result = await post(receiver.url)

    expect(result).toMatchObject({ kind: 'failed' })
    expect(JSON.stringify(result)).toContain('ECONNREFUSED')
    expect(JSON.stringify(result)).not.toContain('key-in-path')
  })

  it('ends when the worker stops', async () => {
    const stopping = new AbortController()
    const receiver = await receiverThat({ answer: () => stopping.abort() })

    expect(await post(receiver.url, { signal: stopping.signal })).toMatchObject({ kind: 'failed' })
  })
})
