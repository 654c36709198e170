import { createHmac } from 'node:crypto'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'

/** Where announcements go, and the key of their signature. */
export interface WebhookAddress {
  readonly url: string
  readonly secret: string
}

interface Message {
  /** The same in every attempt. */
  readonly id: string
  readonly body: string
  readonly signal: AbortSignal
}

/** What became of one attempt; a failure is told without the path, which may hold a key. */
type PostResult = { readonly kind: 'posted' } | { readonly kind: 'failed'; readonly reason: string }

/** Posts to one address. */
export interface Webhook {
  post(message: Message): Promise<PostResult>
}

const usualWithinMs = 10_000

/** Builds what posts signed messages to one address; it follows no redirect, and reads nothing but the status. */
export function createWebhook(address: WebhookAddress, { withinMs = usualWithinMs } = {}): Webhook {
  const { host } = new URL(address.url)
  return {
    post: async (message) => {
      try {
        const status = await send({ ...address, ...message, withinMs })
        if (status >= 200 && status < 300) return { kind: 'posted' }
        return { kind: 'failed', reason: `${host} answered ${status}` }
      } catch (error) {
        return { kind: 'failed', reason: `${host}: ${error instanceof Error ? error.message : String(error)}` }
      }
    },
  }
}

interface Sending extends WebhookAddress, Message {
  readonly withinMs: number
}

async function send({ url, secret, id, body, signal, withinMs }: Sending): Promise<number> {
  const open = url.startsWith('https:') ? requestHttps : requestHttp
  const headers = {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    'user-agent': 'guildhall',
    'x-guildhall-delivery': id,
    'x-guildhall-signature': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  }
  return new Promise((resolve, reject) => {
    const request = open(url, { method: 'POST', headers, agent: false, signal }, (response) => {
      resolve(response.statusCode ?? 0)
      response.destroy()
    })
    const late = () => request.destroy(new Error(`no answer within ${withinMs / 1_000} s`))
    const timer = setTimeout(late, withinMs)
    request.on('close', () => clearTimeout(timer))
    request.on('error', reject)
    request.end(body)
  })
}
