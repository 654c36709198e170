import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'

/** One request as it came in. */
export interface Received {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface Receiver {
  readonly url: string
  readonly port: number
  readonly received: readonly Received[]
  close(): Promise<void>
}

type Answer = (response: ServerResponse, count: number) => void

/** Listens on loopback and keeps what it is sent; without an `answer` it says 204. */
export async function startReceiver({
  port = 0,
  answer = accept,
}: { port?: number; answer?: Answer } = {}): Promise<Receiver> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      received.push({ path: request.url ?? '', headers: request.headers, body: Buffer.concat(pieces).toString() })
      answer(response, received.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const address = server.address()
  const open = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${open}/holds/key-in-path`,
    port: open,
    received,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function accept(response: ServerResponse): void {
  response.writeHead(204).end()
}
