import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { isAlive, readIfThere, runsIn } from './processes.ts'

/** What PostgreSQL's lock file says, judged by the process it names. */
export type Postmaster =
  | { readonly kind: 'none' }
  | { readonly kind: 'ours'; readonly pid: number; readonly port: number; readonly isReady: boolean }
  | { readonly kind: 'foreign'; readonly pid: number }
  | { readonly kind: 'dead'; readonly pid: number | undefined }

/** Reads `postmaster.pid`: the process it names may be our server, somebody else's, or gone. */
export function readPostmaster(data: string): Postmaster {
  const text = readIfThere(join(data, 'postmaster.pid'))
  if (text === undefined) return { kind: 'none' }
  const lines = text.split('\n')
  const pid = Number(lines[0])
  if (!Number.isSafeInteger(pid) || pid <= 1) return { kind: 'dead', pid: undefined }
  if (!isAlive(pid)) return { kind: 'dead', pid }
  if (!runsIn(pid, data)) return { kind: 'foreign', pid }
  return { kind: 'ours', pid, port: Number(lines[3]), isReady: lines[7]?.trim() === 'ready' }
}

/** Removes a lock file whose process is not our server; the server would refuse to start beside it. */
export function removeLock(data: string): void {
  rmSync(join(data, 'postmaster.pid'), { force: true })
}
