import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { GuildhallError } from '../core/errors.ts'
import { isAlive, readIfThere } from './embedded/processes.ts'

/** The process that keeps a home; a process id alone is given again. */
interface Owner {
  readonly pid: number
  readonly began: string
}

/**
 * Makes the home if it is missing and takes it for this process: two that keep the same servers would stop them under
 * each other. One left by a process that died is taken over. Returns what gives it back.
 */
export function takeHome(home: string): () => void {
  const file = join(home, 'running.json')
  try {
    mkdirSync(home, { recursive: true })
    const owner = readOwner(file)
    if (owner !== undefined && runsStill(owner)) throw taken(home, owner)
    rmSync(file, { force: true })
    const own: Owner = { pid: process.pid, began: beganAt(process.pid) }
    // Fails where another process was quicker.
    writeFileSync(file, `${JSON.stringify(own)}\n`, { flag: 'wx' })
  } catch (error) {
    if (error instanceof GuildhallError) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new GuildhallError(
      'ENVIRONMENT_INVALID',
      `Cannot keep anything in the home "${home}": ${reason}; choose a folder of your own with --home`,
      { facts: { home }, cause: error },
    )
  }
  return () => rmSync(file, { force: true })
}

function taken(home: string, { pid }: Owner): GuildhallError {
  return new GuildhallError(
    'ENVIRONMENT_INVALID',
    `Cannot start: Guildhall runs in the home "${home}" already, as process ${pid}; stop that one, or choose another folder with --home`,
    { facts: { home, pid } },
  )
}

function readOwner(file: string): Owner | undefined {
  const [, pid, began] = /^\{"pid":(\d+),"began":"([^"]*)"\}\n$/.exec(readIfThere(file) ?? '') ?? []
  return pid === undefined || began === undefined ? undefined : { pid: Number(pid), began }
}

function runsStill({ pid, began }: Owner): boolean {
  return isAlive(pid) && beganAt(pid) === began
}

/** When a process began, in whatever units the system gives. */
function beganAt(pid: number): string {
  const stat = readIfThere(`/proc/${pid}/stat`)
  const ticks = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  return ticks ?? spawnSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
}
