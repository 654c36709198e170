import type { ChildProcess } from 'node:child_process'
import { readdirSync, readlinkSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openPool, type Pool } from '../../store/index.ts'
import { commandLine, run, waitUntil } from '../../worker/embedded/processes.ts'
import { databaseUrlOf, endWorker, spawnWorker } from '../support/built-worker.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A worker with its two servers, as `guildhall dev` runs them, that is started again when it dies. */
export interface System {
  /** How often the process has died by itself. */
  deaths(): number
  /** How often a server has died and was started again. */
  restarts(): number
  /** What the processes have printed. */
  output(): string
  /** Ends everything in good order; what remains is in the answer. */
  stop(): Promise<readonly string[]>
}

export interface SystemOptions {
  readonly home: string
  readonly repository: string
  /** Told to the processes beside what every one is told. */
  readonly env?: Readonly<Record<string, string>>
  /** After so many deaths it is left as it is. */
  readonly livesAtMost?: number
  /** Done after a death, before the next start. */
  readonly whileDown?: (() => Promise<void>) | undefined
}

/** Starts the built worker/main on a home. */
export function startSystem(options: SystemOptions): System {
  const state = { deaths: 0, output: '', isStopping: false }
  let child = start(options)
  function start(where: SystemOptions): ChildProcess {
    const { home, repository, env: more } = where
    const env = { GUILDHALL_POLL_SECONDS: '1', GUILDHALL_LOG_LEVEL: 'info', ...more }
    const started = spawnWorker({ home, repository, env, prints: 'pipes' })
    started.stdout?.on('data', (text) => (state.output += String(text)))
    started.stderr?.on('data', (text) => (state.output += String(text)))
    started.once('exit', () => {
      if (state.isStopping) return
      state.deaths += 1
      if (state.deaths < (where.livesAtMost ?? 5)) void again(where)
    })
    return started
  }
  async function again(where: SystemOptions): Promise<void> {
    await where.whileDown?.()
    if (!state.isStopping) child = start(where)
  }
  const end = async (signal: NodeJS.Signals) => {
    state.isStopping = true
    await endWorker(child, signal)
  }
  return {
    deaths: () => state.deaths,
    restarts: () => state.output.split('A server died; starting it again').length - 1,
    output: () => state.output,
    stop: async () => {
      await end('SIGTERM')
      await waitUntil(() => processesOf(options.home).length === 0, 1_000)
      const left = processesOf(options.home)
      const lines = left.map((pid) => commandLine(pid))
      for (const pid of left) endProcess(pid)
      return lines
    },
  }
}

/** Every process that works in the home or names it; this one does not. */
function processesOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => pid !== process.pid && (commandLine(pid).includes(home) || cwdOf(pid).startsWith(home)))
}

function cwdOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    return ''
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}

/** Takes Temporal's server and everything it remembers away. */
export async function wipeTemporal(home: string): Promise<void> {
  const database = join(home, 'temporal', 'temporal.db')
  const isServer = (pid: number) => commandLine(pid).includes(database)
  for (const pid of processesOf(home).filter(isServer)) endProcess(pid)
  await waitUntil(() => !processesOf(home).some(isServer), 5_000)
  for (const ending of ['', '-wal', '-shm']) rmSync(`${database}${ending}`, { force: true })
  rmSync(join(home, 'endpoints.json'), { force: true })
}

/** Runs a command of the built program. */
export async function runCli(home: string, words: readonly string[]): Promise<string> {
  const program = join(root, 'dist', 'cli', 'main.js')
  return (await run(process.execPath, [program, ...words, '--home', home, '--json'], { timeout: 60_000 })).stdout
}

/** Asks the database of a home, wherever it is now; undefined while it cannot be reached. */
export async function askDatabase<T>(home: string, work: (pool: Pool) => Promise<T>): Promise<T | undefined> {
  const url = databaseUrlOf(home)
  if (url === undefined) return undefined
  const pool = openPool(url)
  try {
    return await work(pool)
  } catch {
    return undefined
  } finally {
    await pool.end()
  }
}
