import type { WorkerConfig } from './config.ts'
import { startPostgres, stopLeftPostgres } from './embedded/postgres.ts'
import { startTemporal, stopLeftTemporal } from './embedded/temporal.ts'
import type { Env } from './embedded/temporal-binary.ts'
import type { Log } from './log.ts'

/** How a server ends that this process keeps. */
interface Ending {
  /** Ends it in good order, also while it starts; no process remains. */
  stop(): Promise<void>
  /** Ends it at once, by force. */
  kill(): Promise<void>
}

/** A server on its way; it can be stopped before it is ready. */
export interface OpeningServer extends Ending {
  /** Rejects where it cannot be started, or is stopped first. */
  readonly ready: Promise<KeptServer>
}

/** A server this process keeps alive, or one that was given. */
export interface KeptServer extends Ending {
  readonly address: string
  readonly uiUrl: string | undefined
  /** Of the server as it runs now; absent for one that was given. */
  pid(): number | undefined
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
  readonly start: (signal: AbortSignal) => Promise<Started>
  /** Ends what a start has left in the home: in good order within the time, else by force. */
  readonly stopLeft: (patienceMs?: number) => Promise<unknown>
  readonly log: Log
  /** Called when the server runs again after a death, as another process. */
  readonly onBack: () => void
  /** Called when the server cannot be brought back where everybody looks for it. */
  readonly onLost: (reason: string) => void
}

/** Starts a server, and again whenever it dies, until it is stopped. */
function keepServer({ name, start, stopLeft, log, onBack, onLost }: Keeping): OpeningServer {
  const stopping = new AbortController()
  const { signal } = stopping
  const isStopping = () => signal.aborted
  let starting = start(signal)
  const ending: Ending = {
    stop: async () => {
      stopping.abort()
      // One that is just being started would outlive us.
      const [started] = await Promise.allSettled([starting])
      if (started.status === 'fulfilled') await started.value.stop()
      else await stopLeft()
    },
    kill: async () => {
      stopping.abort()
      await stopLeft(0)
    },
  }
  const open = async (): Promise<KeptServer> => {
    let current = await starting
    signal.throwIfAborted()
    const { address, uiUrl } = current
    const watch = () => current.onExit(() => void restart())
    const restart = async () => {
      if (isStopping()) return
      log.warn({ server: name }, 'A server died; starting it again')
      starting = start(signal)
      try {
        current = await starting
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
    return { ...ending, address, uiUrl, pid: () => current.pid }
  }
  return { ...ending, ready: open() }
}

interface Choice {
  readonly config: WorkerConfig
  readonly log: Log
  readonly onBack: () => void
  readonly onLost: (reason: string) => void
}

/** Uses the PostgreSQL of DATABASE_URL, else keeps the embedded one of the home alive. */
export function openPostgres({ config, log, onBack, onLost }: Choice): OpeningServer {
  if (config.databaseUrl !== undefined) return given(config.databaseUrl)
  const { home } = config
  const start = async (signal: AbortSignal) => {
    const server = await startPostgres({ home, log, signal })
    return { ...server, address: server.url, uiUrl: undefined }
  }
  const stopLeft = async (patienceMs?: number) => stopLeftPostgres(home, patienceMs)
  return keepServer({ name: 'PostgreSQL', start, stopLeft, log, onBack, onLost })
}

/** Uses the Temporal server of TEMPORAL_ADDRESS, else keeps the dev server of the home alive. */
export function openTemporal({ config, log, onBack, onLost, env }: Choice & { readonly env: Env }): OpeningServer {
  if (config.temporalAddress !== undefined) return given(config.temporalAddress)
  const { home } = config
  const start = async (signal: AbortSignal) => startTemporal({ home, log, env, signal })
  const stopLeft = async (patienceMs?: number) => stopLeftTemporal(home, patienceMs)
  return keepServer({ name: 'Temporal', start, stopLeft, log, onBack, onLost })
}

function given(address: string): OpeningServer {
  const ending: Ending = { stop: async () => undefined, kill: async () => undefined }
  const server = { ...ending, address, uiUrl: undefined, pid: () => undefined }
  return { ...ending, ready: Promise.resolve(server) }
}
