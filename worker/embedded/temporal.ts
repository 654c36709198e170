import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Connection } from '@temporalio/client'
import { GuildhallError } from '../../core/errors.ts'
import { listensOn } from './listening.ts'
import type { Log } from './log.ts'
import { answers, choosePort } from './ports.ts'
import { commandLine, isAlive, readIfThere, stopProcess, unlessAborted, waitUntil, watchExit } from './processes.ts'
import { searchAttributes } from './search-attributes.ts'
import { findTemporal, type Env } from './temporal-binary.ts'
import { isObject } from './json.ts'

export interface TemporalOptions {
  /** The state folder; the server keeps its database in `temporal` below it. */
  readonly home: string
  readonly log: Log
  /** Lets a workflow's clock be skipped; for tests only. */
  readonly timeSkipping?: boolean
  readonly env?: Env
  /** Once it is aborted, no server is started any more, and one that is being started is ended. */
  readonly signal?: AbortSignal
}

export interface Temporal {
  readonly address: string
  /** Absent for a server that is not ours (`TEMPORAL_ADDRESS`). */
  readonly uiUrl: string | undefined
  readonly pid: number | undefined
  /** Stops the server, if it is ours; safe to call twice. */
  stop(): Promise<void>
  /** Calls the listener once when the server ends without `stop`. */
  onExit(listener: () => void): void
}

interface Running {
  readonly pid: number
  readonly port: number
  readonly uiPort: number
  readonly timeSkipping: boolean
  /** The ports are this folder's alone: a copy of it may run beside it. */
  readonly home: string
}

const startPatienceMs = 60_000
const stopPatienceMs = 5_000
const attempts = 3

/** Uses the server of `TEMPORAL_ADDRESS`, else starts the dev server of this home, or adopts the one that still runs in it. */
export async function startTemporal(options: TemporalOptions): Promise<Temporal> {
  const env = options.env ?? process.env
  if (env.TEMPORAL_ADDRESS !== undefined && env.TEMPORAL_ADDRESS !== '') return foreign(env.TEMPORAL_ADDRESS)
  mkdirSync(folderOf(options.home), { recursive: true, mode: 0o700 })
  const adopted = await adopt(options)
  return handle(adopted ?? (await startFresh(options, env)), options.home)
}

/** Stops a server that an earlier process left in this home; false when there was none. */
export async function stopLeftTemporal(home: string, patienceMs = stopPatienceMs): Promise<boolean> {
  const kept = readRunning(home)
  if (kept === undefined || !isOurs(kept, home)) return false
  await stopProcess(kept.pid, { signal: 'SIGTERM', patienceMs })
  return true
}

function foreign(address: string): Temporal {
  return { address, uiUrl: undefined, pid: undefined, stop: async () => undefined, onExit: () => undefined }
}

function handle({ pid, port, uiPort }: Running, home: string): Temporal {
  const watch = watchExit(pid)
  return {
    address: `127.0.0.1:${port}`,
    uiUrl: `http://127.0.0.1:${uiPort}`,
    pid,
    onExit: (listener) => watch.onExit(listener),
    stop: async () => {
      watch.ignore()
      if (!commandLine(pid).includes(databaseOf(home))) return
      await stopProcess(pid, { signal: 'SIGTERM', patienceMs: stopPatienceMs })
    },
  }
}

/** The server an earlier process of ours left behind; one that does not answer, or was started otherwise, is ended. */
async function adopt(options: TemporalOptions): Promise<Running | undefined> {
  const kept = readRunning(options.home)
  if (kept === undefined || !isOurs(kept, options.home)) return undefined
  const fits = kept.timeSkipping === (options.timeSkipping ?? false)
  if (fits && (await waitUntil(() => answers(kept.port), 10_000)) && (await isReady(kept))) {
    options.log.info({ pid: kept.pid, port: kept.port }, 'Adopted the Temporal server that still ran')
    return kept
  }
  options.log.info({ pid: kept.pid }, 'Replacing the Temporal server that still ran')
  await stopProcess(kept.pid, { signal: 'SIGTERM', patienceMs: stopPatienceMs })
  return undefined
}

function isOurs(kept: Running, home: string): boolean {
  return isAlive(kept.pid) && commandLine(kept.pid).includes(databaseOf(home))
}

async function startFresh(options: TemporalOptions, env: Env): Promise<Running> {
  const { signal = new AbortController().signal } = options
  // Fetching it may take minutes that nobody waits for any more.
  const program = await unlessAborted(findTemporal({ env, log: options.log }), signal)
  const kept = readRunning(options.home)
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort(kept?.port)
    const uiPort = await choosePort(kept?.uiPort, [port])
    signal.throwIfAborted()
    const started = spawnServer(program, options, { port, uiPort })
    keepRunning(options.home, started)
    const settled = async () => signal.aborted || !isAlive(started.pid) || (await isReady(started))
    const ready = await waitUntil(settled, startPatienceMs)
    if (ready && isAlive(started.pid) && !signal.aborted) {
      options.log.info({ pid: started.pid, port, uiPort }, 'Started the Temporal server')
      return started
    }
    const hasEnded = !isAlive(started.pid)
    await stopProcess(started.pid, { signal: 'SIGKILL', patienceMs: 5_000 })
    signal.throwIfAborted()
    // It ends at once where somebody took one of its ports, ours or those it chooses, between the look and the start.
    if (!hasEnded || attempt === attempts) throw startFailure(options.home)
    options.log.warn(
      { attempt, why: failureIn(options.home) },
      'The Temporal server ended while it started; trying again',
    )
  }
}

/** Detached, so that Ctrl-C in a terminal reaches us alone and we stop it after the worker. */
function spawnServer(program: string, options: TemporalOptions, ports: { port: number; uiPort: number }): Running {
  const logFile = logOf(options.home)
  if (existsSync(logFile) && statSync(logFile).size > 20_000_000) renameSync(logFile, `${logFile}.old`)
  const output = openSync(logFile, 'a', 0o600)
  const timeSkipping = options.timeSkipping ?? false
  const args = [
    ['server', 'start-dev', '--db-filename', databaseOf(options.home), '--ip', '127.0.0.1'],
    ['--port', String(ports.port), '--ui-port', String(ports.uiPort), '--ui-disable-news-fetch', '--log-level', 'warn'],
    ['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...Object.entries(searchAttributes).map(([name, type]) => ['--search-attribute', `${name}=${type}`]),
    timeSkipping ? ['--dynamic-config-value', 'frontend.WorkflowTimeSkippingEnabled=true'] : [],
  ].flat()
  const child = spawn(program, args, { detached: true, stdio: ['ignore', output, output] })
  child.once('error', () => undefined)
  child.unref()
  closeSync(output)
  if (child.pid === undefined) throw new GuildhallError('SERVER_MISSING', `Cannot run "${program}": it did not start`)
  return { pid: child.pid, ...ports, timeSkipping, home: resolve(options.home) }
}

/** Another server may have taken the port between the look and the start: it would be given our work, and its workers theirs. */
async function isReady({ pid, port }: Running): Promise<boolean> {
  if (!(await answers(port)) || !listensOn(pid, port)) return false
  try {
    const connection = await Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: '2s' })
    try {
      await connection.workflowService.describeNamespace({ namespace: 'default' })
      return true
    } finally {
      await connection.close()
    }
  } catch {
    return false
  }
}

function startFailure(home: string): GuildhallError {
  return new GuildhallError(
    'SERVER_MISSING',
    `Cannot start the Temporal server in "${folderOf(home)}"; its log "${logOf(home)}" ends with:\n${failureIn(home)}`,
  )
}

/** The last lines of its log; of a crash those that say why, not the stack below them. */
function failureIn(home: string): string {
  const lines = readIfThere(logOf(home))?.trim().split('\n') ?? []
  const crash = lines.findLastIndex((line) => line.startsWith('panic:'))
  return (crash < 0 ? lines.slice(-5) : lines.slice(crash, crash + 5)).join('\n')
}

function logOf(home: string): string {
  return join(folderOf(home), 'temporal.log')
}

function folderOf(home: string): string {
  return join(resolve(home), 'temporal')
}

function databaseOf(home: string): string {
  return join(folderOf(home), 'temporal.db')
}

function runningFile(home: string): string {
  return join(folderOf(home), 'server.json')
}

/** Written at once after the start, so that no server is ever left unknown; kept for its ports. */
function keepRunning(home: string, running: Running): void {
  writeFileSync(`${runningFile(home)}.new`, JSON.stringify(running))
  renameSync(`${runningFile(home)}.new`, runningFile(home))
}

function readRunning(home: string): Running | undefined {
  const text = readIfThere(runningFile(home))
  const kept: unknown = text === undefined ? undefined : JSON.parse(text)
  if (isRunning(kept) && kept.home === resolve(home)) return kept
  rmSync(runningFile(home), { force: true })
  return undefined
}

function isRunning(kept: unknown): kept is Running {
  return isObject(kept) && ['pid', 'port', 'uiPort'].every((key) => typeof Reflect.get(kept, key) === 'number')
}
