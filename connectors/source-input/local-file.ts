import { constants, open, realpath, stat } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { BigIntStats } from 'node:fs'
import { join, sep } from 'node:path'
import { GuildhallError } from '../../core/errors.ts'
import { readHandle } from './read-handle.ts'

/** Reads a regular file below a folder; fails where a symbolic link leads out of it, or where it changes meanwhile. */
export async function* readLocalFile(folder: string, path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
  signal.throwIfAborted()
  const handle = await openBelow(folder, path)
  try {
    const before = await handle.stat({ bigint: true })
    if (!before.isFile()) throw refused(path, 'it is no regular file')
    const size = yield* readHandle(handle, signal)
    if (isSame(before, await handle.stat({ bigint: true })) && BigInt(size) === before.size) return
    throw new GuildhallError(
      'SOURCE_ANSWER_WRONG',
      `Cannot read "${path}": it changed while it was read; write it elsewhere and rename it into its place`,
    )
  } finally {
    await handle.close()
  }
}

/** Opens what the path leads to, and looks again that this is still what lies there. */
async function openBelow(folder: string, path: string): Promise<FileHandle> {
  try {
    const real = await realBelow(folder, path)
    const handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
    if (await isStillThere(handle, folder, path)) return handle
    throw refused(path, 'it was replaced while it was opened; the next run reads it')
  } catch (cause) {
    if (cause instanceof GuildhallError) throw cause
    throw unreachable(path, cause)
  }
}

async function isStillThere(handle: FileHandle, folder: string, path: string): Promise<boolean> {
  try {
    const [opened, found] = [await handle.stat(), await stat(await realBelow(folder, path))]
    if (opened.ino === found.ino && opened.dev === found.dev) return true
  } catch (error) {
    await handle.close()
    throw error
  }
  await handle.close()
  return false
}

async function realBelow(folder: string, path: string): Promise<string> {
  const root = await realpath(folder)
  const real = await realpath(join(root, path))
  if (real.startsWith(root.endsWith(sep) ? root : root + sep)) return real
  throw refused(path, 'a symbolic link leads out of $GUILDHALL_IN; put the file itself there')
}

function isSame(one: BigIntStats, other: BigIntStats): boolean {
  return one.size === other.size && one.mtimeNs === other.mtimeNs
}

function refused(path: string, reason: string): GuildhallError {
  return new GuildhallError('SOURCE_REFUSED', `Cannot read "${path}" under $GUILDHALL_IN: ${reason}`, {
    facts: { path },
  })
}

function unreachable(path: string, cause: unknown): GuildhallError {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : String(cause)
  return new GuildhallError(
    'SOURCE_UNREACHABLE',
    `Cannot read "${path}" under $GUILDHALL_IN: ${code}; the file has to be there, and the worker's user to have the right to read it`,
    { facts: { path }, cause },
  )
}
