import { constants } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Reading } from '../../core/config/document.ts'
import { GuildhallError } from '../../core/errors.ts'
import { readTree } from './read-tree.ts'
import { isHidden, mostEntries, type Tree, type TreeEntry } from './tree.ts'

/** Reads the documents of a folder as they lie there; nothing outside of it is touched. */
export async function readFolder(folder: string): Promise<Reading> {
  return readTree(await folderTree(folder))
}

/** The files of a folder as they lie there. */
export async function folderTree(folder: string): Promise<Tree> {
  const entries: TreeEntry[] = []
  const waiting = ['']
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    for (const name of await namesIn(folder, below)) {
      const path = below === '' ? name : `${below}/${name}`
      if (isHidden(path)) continue
      const entry = await entryOf(folder, path)
      if (entry === undefined) waiting.push(path)
      else entries.push(entry)
      if (entries.length > mostEntries) throw unreadable(folder, `it holds more than ${mostEntries} files`)
    }
  }
  return { entries, read: (entry) => readRegular(folder, entry) }
}

async function namesIn(folder: string, below: string): Promise<string[]> {
  try {
    return await readdir(join(folder, below))
  } catch (error) {
    throw unreadable(join(folder, below), 'expected a folder that can be read', error)
  }
}

/** Undefined for a folder. */
async function entryOf(folder: string, path: string): Promise<TreeEntry | undefined> {
  const status = await lstat(join(folder, path))
  if (status.isDirectory()) return undefined
  if (status.isSymbolicLink()) return { path, kind: 'symlink', bytes: 0 }
  return { path, kind: status.isFile() ? 'file' : 'other', bytes: status.size }
}

/** Opens without following a link that took the file's place meanwhile. */
async function readRegular(folder: string, { path }: TreeEntry): Promise<Uint8Array> {
  const place = join(folder, path)
  try {
    const file = await open(place, constants.O_RDONLY | constants.O_NOFOLLOW)
    try {
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    throw unreadable(place, 'expected a file that can be read', error)
  }
}

function unreadable(place: string, reason: string, cause?: unknown): GuildhallError {
  return new GuildhallError('CONFIG_UNREADABLE', `Cannot read "${place}": ${reason}`, { facts: { place }, cause })
}
