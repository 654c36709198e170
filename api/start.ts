import type { FastifyBaseLogger } from 'fastify'
import { buildApi } from './build.ts'
import type { ApiDependencies } from './dependencies.ts'
import { fitsSocket, listenLocally } from './listen-locally.ts'
import { isLoopback } from './loopback.ts'

export interface StartOptions {
  /** 0 takes a free one. */
  readonly port: number
  readonly host: string
  /** Of the socket that the operator alone can open; absent: none. */
  readonly socket?: string
  readonly deps: ApiDependencies
  readonly log: FastifyBaseLogger
}

export interface RunningApi {
  /** Such as `http://127.0.0.1:8080`. */
  readonly address: string
  /** Where the operator is known without a token; undefined where no socket can be there. */
  readonly socket: string | undefined
  /** Answers what has been asked, then stops. */
  readonly close: () => Promise<void>
}

/** Serves the API; what reads people only where `host` is a loopback address, and everything at the local socket. */
export async function startApi(options: StartOptions): Promise<RunningApi> {
  const { port, host, deps, log } = options
  const app = await buildApi(deps, { servesReads: isLoopback(host), log })
  const bound = new URL(await app.listen({ port, host })).port
  const name = host.includes(':') ? `[${host}]` : host
  const local = await startLocally(options).catch(async (error: unknown) => {
    await app.close()
    throw error
  })
  return {
    address: `http://${name}:${bound}`,
    socket: local?.path,
    close: async () => {
      await local?.close()
      await app.close()
    },
  }
}

interface Local {
  readonly path: string
  readonly close: () => Promise<void>
}

async function startLocally({ socket, deps, log }: StartOptions): Promise<Local | undefined> {
  if (socket === undefined) return undefined
  if (!fitsSocket(socket)) {
    log.warn({ socket }, 'The path is too long for a socket: the operator is known by the token only')
    return undefined
  }
  const app = await buildApi(deps, { servesReads: true, isOperator: true, log })
  const remove = await listenLocally(app, socket)
  return {
    path: socket,
    close: async () => {
      await remove()
      await app.close()
    },
  }
}
