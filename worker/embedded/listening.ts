import { spawnSync } from 'node:child_process'
import { readdirSync, readlinkSync } from 'node:fs'
import { readIfThere } from './processes.ts'

/**
 * Tells whether a process of the group listens on that TCP port of this machine.
 * Whoever answers there may be another program that took the port first. True where the system does not let us look.
 */
export function listensOn(group: number, port: number): boolean {
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(readIfThere).filter((table) => table !== undefined)
  if (tables.length === 0) return listedByLsof(group, port)
  const sockets = new Set(tables.flatMap((table) => socketsListening(table, port)))
  return pidsOfGroup(group).some((pid) => openFiles(pid).some((file) => sockets.has(file)))
}

/** State 0A is LISTEN; addresses end with the port in hex. */
function socketsListening(table: string, port: number): string[] {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const lines = table.split('\n').map((line) => line.trim().split(/\s+/))
  return lines
    .filter((words) => words[1]?.endsWith(ending) === true && words[3] === '0A')
    .map((words) => `socket:[${words[9] ?? ''}]`)
}

function pidsOfGroup(group: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.map(Number).filter((pid) => groupOf(pid) === group)
}

/** The name of the program, in parentheses, may hold spaces: after it come state, parent and group. */
function groupOf(pid: number): number {
  const stat = readIfThere(`/proc/${pid}/stat`) ?? ''
  return Number(stat.slice(stat.lastIndexOf(')') + 1).split(' ')[3])
}

function openFiles(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`))
  } catch {
    return []
  }
}

function listedByLsof(group: number, port: number): boolean {
  const words = ['-a', '-g', String(group), `-iTCP:${port}`, '-sTCP:LISTEN', '-t']
  const listed = spawnSync('lsof', words, { encoding: 'utf8' })
  return listed.error !== undefined || listed.stdout.trim() !== ''
}
