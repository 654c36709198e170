import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { mkdtemp, statfs } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const memory = '/dev/shm'
const room = 1024 ** 3

/** Whether tests that need a program run: where it is missing they are skipped, but not where servers are required. */
export function hasServer(program: string): boolean {
  return isThere(program) || process.env['CI'] !== undefined || process.env['GUILDHALL_REQUIRE_SERVERS'] !== undefined
}

/** A new folder, in memory where that has 1 GB to spare. */
export async function quickFolder(prefix: string): Promise<string> {
  return mkdtemp(join((await hasRoom()) ? memory : tmpdir(), prefix))
}

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Waits until the port accepts connections; fails with `complaint` once the process has ended or a minute is over. */
export async function untilOpen(port: number, child: ChildProcess, complaint: () => Promise<string>): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt += 1) {
    const isOpen = await new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve((socket.destroy(), true)))
      socket.on('error', () => resolve(false))
    })
    if (isOpen === true) return
    if (child.exitCode !== null || child.signalCode !== null) break
    await setTimeout(50)
  }
  throw new Error(await complaint())
}

/** Runs a program with this on its standard input; fails with what it complained of. */
export async function runWithInput(program: string, args: readonly string[], input: string): Promise<void> {
  const child = spawn(program, args, { stdio: ['pipe', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString('utf8')))
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const code = await new Promise((resolve, reject) => child.once('close', resolve).once('error', reject))
  if (code !== 0) throw new Error(`${program} ended with ${String(code)}: ${complaint}`)
}

async function hasRoom(): Promise<boolean> {
  try {
    accessSync(memory, constants.W_OK)
    const { bavail, bsize } = await statfs(memory)
    return bavail * bsize > room
  } catch {
    return false
  }
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
