import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { lstat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'

/** The SHA-256 of a plain file; undefined where there is none, or something else stands in its place. */
export async function fileDigest(path: string): Promise<string | undefined> {
  const found = await statOf(path)
  if (found?.isFile() !== true) return undefined
  const hash = createHash('sha256')
  try {
    await pipeline(createReadStream(path), hash)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  }
  return hash.digest('hex')
}

/** What stands at a path, a symbolic link not followed; undefined if nothing does. */
export async function statOf(path: string): Promise<Awaited<ReturnType<typeof lstat>> | undefined> {
  try {
    return await lstat(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined
    throw error
  }
}

/** Tells whether an error is this one of the operating system. */
export function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}
