import { access, constants, mkdir, open, readdir } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { GuildhallError } from '../../../core/errors.ts'
import { isErrno, statOf } from './digests.ts'
import { ownFolder } from './token.ts'

/** Makes the folder where it is missing, and refuses a symbolic link or file on the way from `out`. */
export async function openFolder(out: string, parts: readonly string[]): Promise<string> {
  await mkdir(out, { recursive: true })
  return openBelow(out, parts)
}

/** Makes the folders below an existing one, each a real folder. */
export async function openBelow(base: string, parts: readonly string[]): Promise<string> {
  let folder = base
  for (const part of parts) {
    folder = join(folder, part)
    await makeFolder(folder)
    await requireFolder(folder)
  }
  return folder
}

/** Fails where a delivery could not write, and changes nothing. */
export async function checkFolder(out: string, parts: readonly string[]): Promise<void> {
  let writable = out
  let folder = out
  for (const part of parts) {
    folder = join(folder, part)
    if ((await statOf(folder)) === undefined) break
    await requireFolder(folder)
    writable = folder
  }
  try {
    await access(writable, constants.W_OK)
  } catch (cause) {
    if (writable === out && isErrno(cause, 'ENOENT')) return
    throw new GuildhallError('DELIVERY_REFUSED', `Cannot write to "${writable}": give the worker's user the right to`, {
      cause,
    })
  }
}

/** What lies in a service's folder besides what we installed and our own bookkeeping; a symbolic link is not followed. */
export async function foreignFiles(folder: string, installed: ReadonlySet<string>): Promise<readonly string[]> {
  if ((await statOf(folder))?.isDirectory() !== true) return []
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((path) => !installed.has(path) && !path.startsWith(`${ownFolder}/`))
}

/** Makes a file's bytes, or the names a folder holds, last through a power cut. */
export async function syncToDisk(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder)
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error
  }
}

async function requireFolder(folder: string): Promise<void> {
  if ((await statOf(folder))?.isDirectory() === true) return
  throw new GuildhallError(
    'DELIVERY_REFUSED',
    `Cannot write below "${folder}": it is not a folder itself (a file or symbolic link); remove it`,
    {
      facts: { folder },
    },
  )
}
