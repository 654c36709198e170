import { createHash } from 'node:crypto'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { BodyCache } from '../../connectors/source-input/body-cache.ts'
import type { JsonObject } from '../../core/model/json.ts'
import type { Source, SourceType, UnreadableReason } from '../../connectors/source.ts'
import { sourceEnvironment } from './read-source.ts'
import type { Person, SourceRig } from './source-rig.ts'

const secret = 'hunter2-is-secret'

interface Format {
  readonly type: SourceType
  readonly mediaType: string
  readonly options: JsonObject
  readonly holds: readonly UnreadableReason[]
  readonly write: (people: readonly Person[]) => Iterable<string | Buffer>
}

/** A rig for files at an address, whose bodies are kept, and a way to have the server answer anything. */
export interface UrlRig {
  readonly rig: SourceRig
  /** A source whose server answers so. */
  answering(answer: RequestListener): Source
  stop(): Promise<void>
}

/** Starts a server on this machine, which asks for a token. */
export async function urlRig({ type, mediaType, options, holds, write }: Format): Promise<UrlRig> {
  const sockets = new Set<Socket>()
  const answers: RequestListener[] = []
  const server = createServer((request, response) => {
    const answer = answers[Number(request.url?.slice(1))]
    if (request.headers.authorization !== `Bearer ${secret}`) response.writeHead(401).end()
    else answer?.(request, response)
  })
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const bodyCache = new BodyCache(await mkdtemp(join(tmpdir(), 'url-rig-')), { now: Date.now })
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const create = (path: string, token = secret, at = port): Source =>
    type.create(
      { ...options, url: `http://127.0.0.1:${at}/${path}`, token: { secret: 'token' } },
      sourceEnvironment({ allowedPrivate: ['127.0.0.1'], bodyCache, secret: async () => token }),
    )
  const answering = (answer: RequestListener): Source => create(String(answers.push(answer) - 1))
  const bodyOf = (people: readonly Person[]): Buffer =>
    Buffer.concat([...write(people)].map((part) => Buffer.from(part)))
  const rig: SourceRig = {
    holds,
    secrets: [secret, 'wrong-but-secret'],
    serve: async (people) => {
      const body = bodyOf(people)
      const etag = `"${createHash('sha256').update(body).digest('hex')}"`
      return answering(({ headers }, response) => {
        if (headers['if-none-match'] === etag) response.writeHead(304, { etag }).end()
        else response.writeHead(200, { 'content-type': mediaType, etag }).end(body)
      })
    },
    serveBroken: async (people) => {
      const body = bodyOf(people)
      return answering((_, response) => {
        response.writeHead(200, { 'content-type': mediaType, 'content-length': body.length })
        response.write(body.subarray(0, body.length * 0.6), () => response.destroy())
      })
    },
    unreachable: async () => create('0', secret, 1),
    stuck: async () => answering(() => undefined),
    refused: async () => create('0', 'wrong-but-secret'),
    selectTeam: (team) => `team=${team}`,
    open: async () => sockets.size,
  }
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await bodyCache.close()
  }
  return { rig, answering, stop }
}
