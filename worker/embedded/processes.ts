import { execFile, spawnSync } from 'node:child_process'
import { readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { isObject } from './json.ts'

export const run = promisify(execFile)

/** Tells whether the process still does something; a zombie that nobody has reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
  const stat = readIfThere(`/proc/${pid}/stat`)
  return stat === undefined || !/\) Z /.test(stat)
}

/** Tells whether the process runs in the folder: its working folder is that one. */
export function runsIn(pid: number, folder: string): boolean {
  if (!isAlive(pid)) return false
  const cwd = workingFolder(pid)
  return cwd !== undefined && cwd === realpathOf(folder)
}

/** The command line of a process, its words parted by a space; empty when nobody lets us see it. */
export function commandLine(pid: number): string {
  const words = readIfThere(`/proc/${pid}/cmdline`)
  if (words !== undefined) return words.replaceAll('\0', ' ').trim()
  return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
}

interface StopOptions {
  /** Sent first; what lets the process end in good order. */
  readonly signal: NodeJS.Signals
  readonly patienceMs: number
}

/** Asks the process to end, waits, and ends it by force when it does not. */
export async function stopProcess(pid: number, { signal, patienceMs }: StopOptions): Promise<void> {
  if (!send(pid, signal)) return
  if (await waitUntil(() => !isAlive(pid), patienceMs)) return
  send(pid, 'SIGKILL')
  await waitUntil(() => !isAlive(pid), 5_000)
}

/** Waits until the claim holds; false when the time is over first. */
export async function waitUntil(holds: () => boolean | Promise<boolean>, patienceMs: number): Promise<boolean> {
  const end = performance.now() + patienceMs
  for (;;) {
    if (await holds()) return true
    if (performance.now() >= end) return false
    await sleep(50)
  }
}

/** What the work gives, or the reason of the signal where that is aborted first; the work itself goes on. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return new Promise<T>((resolve, reject) => {
    const abort = () => reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'))
    signal.addEventListener('abort', abort, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}

/** Calls the listeners once when the process is gone; the watch holds up nobody's exit. */
export function watchExit(pid: number): { onExit(listener: () => void): void; ignore(): void } {
  const listeners: (() => void)[] = []
  const timer = setInterval(() => {
    if (isAlive(pid)) return
    clearInterval(timer)
    for (const listener of listeners) listener()
  }, 250)
  timer.unref()
  return { onExit: (listener) => void listeners.push(listener), ignore: () => clearInterval(timer) }
}

/** The code of a system error, such as `ENOENT`. */
function codeOf(error: unknown): string | undefined {
  return isObject(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The text of a file; undefined when there is none that we may read. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

function send(pid: number, signal: NodeJS.Signals): boolean {
  try {
    process.kill(pid, signal)
    return true
  } catch {
    return false
  }
}

function workingFolder(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`)
  } catch {
    const listed = spawnSync('lsof', ['-a', '-p', String(pid), '-d', 'cwd', '-Fn'], { encoding: 'utf8' })
    return listed.error === undefined ? /^n(.*)$/m.exec(listed.stdout)?.[1] : undefined
  }
}

function realpathOf(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}
