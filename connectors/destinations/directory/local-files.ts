import { createReadStream, createWriteStream } from 'node:fs'
import { lstat, mkdir, open, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { FileAccess, FileKind } from '../../service-folder/file-access.ts'

/** The files of the machine that the worker runs on. */
export const localFiles: FileAccess = {
  place: 'here',
  atOnce: 1,
  kindOf,
  async list(folder) {
    try {
      const entries = await readdir(folder, { withFileTypes: true })
      return entries.map((entry) => ({ name: entry.name, kind: kindIn(entry) }))
    } catch (error) {
      if (isMissing(error)) return []
      throw error
    }
  },
  read: (path) => createReadStream(path),
  write: (path, content) => pipeline(content, createWriteStream(path, { flags: 'wx' })),
  async makeFolder(path) {
    await mkdir(path)
  },
  rename,
  async sync(path) {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
  async removeFolder(path) {
    try {
      await rmdir(path)
    } catch (error) {
      if (!['ENOTEMPTY', 'EEXIST', 'ENOENT'].some((code) => isErrno(error, code))) throw error
    }
  },
  removeAll: (path) => rm(path, { recursive: true, force: true }),
  isMissing,
}

/** Tells whether an error is this one of the operating system. */
export function isErrno(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}

function isMissing(error: unknown): boolean {
  return isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')
}

async function kindOf(path: string): Promise<FileKind | undefined> {
  try {
    return kindIn(await lstat(path))
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

function kindIn(found: { isFile(): boolean; isDirectory(): boolean }): FileKind {
  if (found.isFile()) return 'file'
  return found.isDirectory() ? 'folder' : 'other'
}
