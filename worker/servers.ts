import type { WorkerConfig } from './config.ts'
import { startPostgres } from './embedded/postgres.ts'
import { startTemporal } from './embedded/temporal.ts'
import type { Env } from './embedded/temporal-binary.ts'
import type { Log } from './log.ts'

/** A server this process keeps alive, or one that was given. */
export interface KeptServer {
  readonly address: string
  readonly uiUrl: string | undefined
  /** Of the server as it runs now; absent for one that was given. */
  pid(): number | undefined
  stop(): Promise<void>
}

/** What the embedded servers have in common. */
interface Started {
  readonly address: string
  readonly uiUrl: string | undefined
  readonly pid: number | undefined
  stop(): Promise<void>
  onExit(listener: () => void): void
}

interface Keeping {
  readonly name: string
  readonly start: () => Promise<Started>
  readonly log: Log
  /** Called when the server runs again after a death, as another process. */
  readonly onBack: () => void
  /** Called when the server cannot be brought back where everybody looks for it. */
  readonly onLost: (reason: string) => void
}

/** Starts a server, and again whenever it dies, until it is stopped. */
async function keepServer({ name, start, log, onBack, onLost }: Keeping): Promise<KeptServer> {
  const stopping = new AbortController()
  const isStopping = () => stopping.signal.aborted
  let current = await start()
  let restarting = Promise.resolve()
  const { address, uiUrl } = current
  const watch = () => current.onExit(() => void (restarting = restart()))
  const restart = async () => {
    if (isStopping()) return
    log.warn({ server: name }, 'A server died; starting it again')
    try {
      current = await start()
    } catch (error) {
      if (!isStopping()) onLost(error instanceof Error ? error.message : String(error))
      return
    }
    watch()
    if (isStopping()) return
    if (current.address === address) onBack()
    else onLost(`${name} came back at another address`)
  }
  watch()
  return {
    address,
    uiUrl,
    pid: () => current.pid,
    stop: async () => {
      stopping.abort()
      // One that is just being started again would outlive us.
      await restarting
      await current.stop()
    },
  }
}

interface Choice {
  readonly config: WorkerConfig
  readonly log: Log
  readonly onBack: () => void
  readonly onLost: (reason: string) => void
}

/** Uses the PostgreSQL of DATABASE_URL, else keeps the embedded one of the home alive. */
export async function openPostgres({ config, log, onBack, onLost }: Choice): Promise<KeptServer> {
  if (config.databaseUrl !== undefined) return given(config.databaseUrl)
  const start = async () => {
    const server = await startPostgres({ home: config.home, log })
    return { ...server, address: server.url, uiUrl: undefined }
  }
  return keepServer({ name: 'PostgreSQL', start, log, onBack, onLost })
}

/** Uses the Temporal server of TEMPORAL_ADDRESS, else keeps the dev server of the home alive. */
export async function openTemporal({
  config,
  log,
  onBack,
  onLost,
  env,
}: Choice & { readonly env: Env }): Promise<KeptServer> {
  if (config.temporalAddress !== undefined) return given(config.temporalAddress)
  return keepServer({
    name: 'Temporal',
    start: async () => startTemporal({ home: config.home, log, env }),
    log,
    onBack,
    onLost,
  })
}

function given(address: string): KeptServer {
  return { address, uiUrl: undefined, pid: () => undefined, stop: async () => undefined }
}
