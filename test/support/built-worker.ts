import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readIfThere } from '../../worker/embedded/processes.ts'

const program = fileURLToPath(new URL('../../dist/worker/main.js', import.meta.url))

interface Options {
  readonly home: string
  readonly repository: string
  /** Told to the process beside what every one is told. */
  readonly env?: Readonly<Record<string, string>>
  /** Where what it prints goes: to whoever reads its pipes, or errors to our own. */
  readonly prints: 'errors' | 'pipes'
}

/** Starts the built worker on a home, with its two servers, as `guildhall dev` does. */
export function spawnWorker({ home, repository, env = {}, prints }: Options): ChildProcess {
  return spawn(process.execPath, [program], {
    env: {
      ...process.env,
      GUILDHALL_HOME: home,
      GUILDHALL_MODE: 'dev',
      GUILDHALL_ROLES: 'worker',
      GUILDHALL_CONFIG: repository,
      ...env,
    },
    stdio: prints === 'pipes' ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'ignore', 'inherit'],
  })
}

/** Sends the signal and waits for the end; one that has ended already is left alone. */
export async function endWorker(worker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  const over = new Promise((resolve) => worker.once('exit', resolve))
  worker.kill(signal)
  await over
}

/** The database of a home, from the file the embedded server keeps its port and password in; undefined before its first start. */
export function databaseUrlOf(home: string): string | undefined {
  const text = readIfThere(join(home, 'postgres.json')) ?? ''
  const port = /"port":(\d+)/.exec(text)?.[1]
  const password = /"password":"([^"]+)"/.exec(text)?.[1]
  if (port === undefined || password === undefined) return undefined
  return `postgres://guildhall:${password}@127.0.0.1:${port}/guildhall`
}
