import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { GuildhallError } from '../../core/errors.ts'
import type { Log } from './log.ts'
import { answers, choosePort } from './ports.ts'
import { placePostgres, type PostgresPlace } from './postgres-place.ts'
import { readPostmaster, removeLock } from './postmaster-pid.ts'
import { readIfThere, run, runsIn, stopProcess, waitUntil, watchExit } from './processes.ts'
import { isObject } from './json.ts'

export interface PostgresOptions {
  /** The state folder; the server keeps its data in `postgres` below it. */
  readonly home: string
  readonly log: Log
  /** Further settings, such as `fsync: off` in tests. */
  readonly settings?: Readonly<Record<string, string>>
  /** Where data and binaries go that the server's account cannot reach in the home. */
  readonly outside?: string
  /** Once it is aborted, no server is started any more. */
  readonly signal?: AbortSignal
}

export interface Postgres {
  readonly url: string
  readonly pid: number
  /** The folder that holds data and log, also when it lies outside the home. */
  readonly folder: string
  /** Stops the server in good order; safe to call twice. */
  stop(): Promise<void>
  /** Calls the listener once when the server ends without `stop`. */
  onExit(listener: () => void): void
}

interface Kept {
  readonly port?: number
  readonly password: string
  /** The port is this folder's alone: a copy of it, with the same password, may run beside it. */
  readonly home?: string
}

const user = 'guildhall'
const lockedPatienceMs = 10_000
const stopPatienceMs = 8_000

/** Starts the PostgreSQL of this home, or adopts the one that still runs in it; repeating it is safe. */
export async function startPostgres(options: PostgresOptions): Promise<Postgres> {
  const place = placePostgres(options.home, options.outside)
  const kept = readKept(options.home, place)
  if (!existsSync(join(place.data, 'PG_VERSION'))) await initialise(place, kept.password)
  options.signal?.throwIfAborted()
  const adopted = await adopt(place, options.log)
  const server = adopted ?? (await startFresh(place, kept, options))
  keep(options.home, { ...kept, port: server.port, home: resolve(options.home) })
  return handle(place, server, kept.password)
}

/** Stops a server that an earlier process left in this home; false when there was none. */
export async function stopLeftPostgres(home: string, patienceMs = stopPatienceMs): Promise<boolean> {
  const postmaster = readPostmaster(join(home, 'postgres', 'data'))
  if (postmaster.kind !== 'ours') return false
  await stopProcess(postmaster.pid, { signal: 'SIGINT', patienceMs })
  return true
}

interface Running {
  readonly pid: number
  readonly port: number
}

function handle(place: PostgresPlace, { pid, port }: Running, password: string): Postgres {
  const watch = watchExit(pid)
  return {
    url: `postgres://${user}:${password}@127.0.0.1:${port}/${user}`,
    pid,
    folder: place.folder,
    onExit: (listener) => watch.onExit(listener),
    stop: async () => {
      watch.ignore()
      if (runsIn(pid, place.data)) await stopProcess(pid, { signal: 'SIGINT', patienceMs: stopPatienceMs })
    },
  }
}

function keptFile(home: string): string {
  return join(home, 'postgres.json')
}

function readKept(home: string, place: PostgresPlace): Kept {
  const text = readIfThere(keptFile(home))
  if (text !== undefined) return parseKept(text, home)
  if (!existsSync(join(place.data, 'PG_VERSION'))) {
    const fresh = { password: randomBytes(24).toString('base64url') }
    keep(home, fresh)
    return fresh
  }
  throw new GuildhallError(
    'SERVER_MISSING',
    `Cannot open the database in "${place.data}": its password, kept in "${keptFile(home)}", is gone; put the file back, or move the folder away to start empty`,
  )
}

function parseKept(text: string, home: string): Kept {
  const parsed: unknown = JSON.parse(text)
  if (!isObject(parsed) || !('password' in parsed) || typeof parsed.password !== 'string') {
    throw new GuildhallError('SERVER_MISSING', `Cannot read "${keptFile(home)}": expected {"port", "password"}`)
  }
  const isOurs = 'home' in parsed && parsed.home === resolve(home)
  const port = isOurs && 'port' in parsed && typeof parsed.port === 'number' ? parsed.port : undefined
  return { password: parsed.password, ...(port === undefined ? {} : { port }) }
}

function keep(home: string, kept: Kept): void {
  const half = `${keptFile(home)}.new`
  writeFileSync(half, JSON.stringify(kept), { mode: 0o600 })
  renameSync(half, keptFile(home))
}

/** Makes the cluster beside its place and renames it there, so that a half-made one is never taken for data. */
async function initialise(place: PostgresPlace, password: string): Promise<void> {
  const half = join(place.folder, 'data.new')
  const passwordFile = join(place.folder, 'password.new')
  rmSync(half, { recursive: true, force: true })
  writeFileSync(passwordFile, password, { mode: 0o600 })
  if (place.account !== undefined) chownSync(passwordFile, place.account.uid, place.account.gid)
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = ['--auth=scram-sha-256', `--username=${user}`, `--pwfile=${passwordFile}`]
  try {
    await program(place, 'initdb', [`--pgdata=${half}`, '--no-instructions', ...locale, ...access])
    const made = program(place, 'postgres', ['--single', '-D', half, 'postgres'])
    made.child.stdin?.end(`create database ${user}\n`)
    await made
    renameSync(half, place.data)
  } catch (cause) {
    throw new GuildhallError('SERVER_MISSING', `Cannot make a database in "${place.folder}": ${reason(cause)}`, {
      cause,
    })
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

/** The server that runs in our folder; undefined, and its lock removed, when the process in the lock is not that. */
async function adopt(place: PostgresPlace, log: Log): Promise<Running | undefined> {
  const found = readPostmaster(place.data)
  if (found.kind === 'none') return undefined
  if (found.kind !== 'ours') {
    log.info({ pid: found.pid, lock: found.kind }, 'Removing the lock of a PostgreSQL that is gone')
    removeLock(place.data)
    return undefined
  }
  const ready = await waitUntil(() => isReady(place), lockedPatienceMs)
  if (!ready) {
    await stopProcess(found.pid, { signal: 'SIGQUIT', patienceMs: 5_000 })
    removeLock(place.data)
    return undefined
  }
  log.info({ pid: found.pid, port: found.port }, 'Adopted the PostgreSQL that still ran')
  return { pid: found.pid, port: found.port }
}

async function isReady(place: PostgresPlace): Promise<boolean> {
  const found = readPostmaster(place.data)
  return found.kind === 'ours' && found.isReady && (await answers(found.port))
}

/** Retries while the children of a killed server still hold its memory, or another took the port meanwhile. */
async function startFresh(place: PostgresPlace, kept: Kept, options: PostgresOptions): Promise<Running> {
  rotateLog(join(place.folder, 'postgres.log'))
  const end = performance.now() + lockedPatienceMs
  for (;;) {
    const port = await choosePort(kept.port)
    options.signal?.throwIfAborted()
    const failure = await tryStart(place, port, options.settings ?? {})
    const found = readPostmaster(place.data)
    if (failure === undefined && found.kind === 'ours') {
      options.log.info({ pid: found.pid, port }, 'Started PostgreSQL')
      return { pid: found.pid, port }
    }
    if (performance.now() > end) throw startFailure(place, failure)
    if (found.kind === 'dead' || found.kind === 'foreign') removeLock(place.data)
    await waitUntil(() => false, 250)
  }
}

async function tryStart(place: PostgresPlace, port: number, settings: Record<string, string>): Promise<unknown> {
  const all = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    timezone: 'UTC',
    log_timezone: 'UTC',
    ...settings,
  }
  const words = Object.entries(all).map(([name, value]) => `-c ${name}='${value}'`)
  const log = join(place.folder, 'postgres.log')
  try {
    await program(place, 'pg_ctl', ['start', '-w', '-t', '60', '-D', place.data, '-l', log, '-o', words.join(' ')])
    return undefined
  } catch (error) {
    return error
  }
}

function startFailure(place: PostgresPlace, failure: unknown): GuildhallError {
  const log = join(place.folder, 'postgres.log')
  const last = readIfThere(log)?.trim().split('\n').slice(-5).join('\n') ?? ''
  return new GuildhallError(
    'SERVER_MISSING',
    `Cannot start PostgreSQL in "${place.folder}"; its log "${log}" ends with:\n${last}`,
    {
      cause: failure,
    },
  )
}

/** stdin is a pipe and stdout a file of ours; the server itself writes to its log and outlives us. */
function program(place: PostgresPlace, name: string, args: readonly string[]) {
  const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C' }
  return run(join(place.binaries, 'bin', name), args, { ...place.account, cwd: place.folder, env })
}

function rotateLog(log: string): void {
  if (existsSync(log) && statSync(log).size > 20_000_000) renameSync(log, `${log}.old`)
}

function reason(cause: unknown): string {
  return isObject(cause) && 'stderr' in cause ? String(cause.stderr).trim() : String(cause)
}
