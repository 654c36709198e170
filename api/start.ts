import type { FastifyBaseLogger } from 'fastify'
import { buildApi } from './build.ts'
import type { ApiDependencies } from './dependencies.ts'
import { isLoopback } from './loopback.ts'

export interface StartOptions {
  /** 0 takes a free one. */
  readonly port: number
  readonly host: string
  readonly deps: ApiDependencies
  readonly log: FastifyBaseLogger
}

export interface RunningApi {
  /** Such as `http://127.0.0.1:8080`. */
  readonly address: string
  /** Answers what has been asked, then stops. */
  readonly close: () => Promise<void>
}

/** Serves the API; what reads people only where `host` is a loopback address. */
export async function startApi({ port, host, deps, log }: StartOptions): Promise<RunningApi> {
  const app = await buildApi(deps, { servesReads: isLoopback(host), log })
  const bound = new URL(await app.listen({ port, host })).port
  const name = host.includes(':') ? `[${host}]` : host
  return { address: `http://${name}:${bound}`, close: () => app.close() }
}
