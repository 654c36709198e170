import { GuildhallError } from '../../core/errors.ts'
import type { FileAccess } from './file-access.ts'
import { ownFolder } from './token.ts'

/** Makes the folders below an existing one where they are missing, and refuses a symbolic link or file on the way. */
export async function openBelow(files: FileAccess, base: string, parts: readonly string[]): Promise<string> {
  let folder = base
  for (const part of parts) {
    folder = `${folder}/${part}`
    if ((await files.kindOf(folder)) === undefined) await makeFolder(files, folder)
    await requireFolder(files, folder)
  }
  return folder
}

/** Refuses what is no folder itself. */
export async function requireFolder(files: FileAccess, folder: string): Promise<void> {
  if ((await files.kindOf(folder)) === 'folder') return
  throw new GuildhallError(
    'DELIVERY_REFUSED',
    `Cannot write below "${folder}": it is not a folder itself (a file or symbolic link); remove it`,
    { facts: { folder } },
  )
}

/** What lies in a service's folder besides what we installed and our own bookkeeping; a symbolic link is not followed. */
export async function foreignFiles(
  files: FileAccess,
  folder: string,
  installed: ReadonlySet<string>,
): Promise<readonly string[]> {
  if ((await files.kindOf(folder)) !== 'folder') return []
  const found: string[] = []
  const look = async (below: string): Promise<void> => {
    for (const { name, kind } of await files.list(`${folder}/${below}`)) {
      const path = `${below}${name}`
      if (path === ownFolder) continue
      if (kind === 'folder') await look(`${path}/`)
      else if (!installed.has(path)) found.push(path)
    }
  }
  await look('')
  return found
}

/** Somebody else may make it at the same time. */
async function makeFolder(files: FileAccess, folder: string): Promise<void> {
  try {
    await files.makeFolder(folder)
  } catch (error) {
    if ((await files.kindOf(folder)) === undefined) throw error
  }
}
