import { request } from 'node:http'
import { text } from 'node:stream/consumers'

/** A request to a running API, by its socket or its address. */
export interface Asking {
  readonly socketPath?: string
  readonly address?: string
  readonly method?: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface Asked {
  readonly status: number
  readonly type: string
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: unknown
}

/** Asks a running API, and reads its answer as JSON. */
export async function askApi({ socketPath, address, method, path, body, headers }: Asking): Promise<Asked> {
  const content = body === undefined ? undefined : JSON.stringify(body)
  return new Promise((resolve, reject) => {
    const asking = request(
      new URL(`/api/v1${path}`, address ?? 'http://localhost'),
      {
        ...(socketPath === undefined ? {} : { socketPath }),
        method: method ?? (content === undefined ? 'GET' : 'POST'),
        headers: { ...(content === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      },
      (answer) => {
        text(answer).then((said) => {
          const type = answer.headers['content-type'] ?? ''
          resolve({
            ...{ status: answer.statusCode ?? 0, type, headers: answer.headers },
            body: said === '' ? undefined : JSON.parse(said),
          })
        }, reject)
      },
    )
    asking.on('error', reject)
    asking.end(content)
  })
}
