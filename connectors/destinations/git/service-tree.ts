import { foldersOf } from '../../file-names.ts'
import { refusedSnapshot } from '../../fencing.ts'
import type { Snapshot } from '../../destination.ts'
import { ownFolder, parseToken, tokenFile, type Token } from '../../service-folder/token.ts'
import { runGit } from './git-process.ts'
import type { GitFile } from './git-files.ts'
import { readText, type Remote } from './remote.ts'

/** Mode and object of each path below a service's folder, and what was delivered there. */
export interface ServiceTree {
  /** `100644 <object>`, by the path relative to the folder. */
  readonly entries: ReadonlyMap<string, string>
  readonly token: Token | undefined
}

/** What has to change in a service's folder. */
export interface Changes {
  readonly written: readonly GitFile[]
  readonly removed: readonly string[]
}

const entryForm = /^([0-7]{6}) [a-z]+ ([0-9a-f]+)\t([^]+)$/

/** Reads a service's folder in a commit. */
export async function readServiceTree(remote: Remote, commit: string, folder: string): Promise<ServiceTree> {
  const listed = await runGit(remote.workspace, ['ls-tree', '-r', '-z', '--full-tree', commit, '--', folder])
  const entries = new Map<string, string>()
  for (const line of listed.output.split('\0')) {
    const [, mode = '', object = '', path = ''] = entryForm.exec(line) ?? []
    if (path.startsWith(`${folder}/`)) entries.set(path.slice(folder.length + 1), `${mode} ${object}`)
  }
  const path = `${folder}/${ownFolder}/${tokenFile}`
  const text = await readText(remote, commit, path)
  return { entries, token: text === undefined ? undefined : parseToken(text, path) }
}

/** Tells what a name on the way to a folder is, where it is no folder: the first such name. */
export async function blockedAt(remote: Remote, commit: string, folder: string): Promise<string | undefined> {
  const names = [...foldersOf(folder), folder]
  const listed = await runGit(remote.workspace, ['ls-tree', '-z', '--full-tree', commit, '--', ...names])
  for (const line of listed.output.split('\0')) {
    const [, mode = '040000', , path] = entryForm.exec(line) ?? []
    if (mode !== '040000') return path
  }
  return undefined
}

/** Paths below the folder that nobody delivered, besides our own bookkeeping. */
export function foreignIn({ entries, token }: ServiceTree): string[] {
  const ours = new Set(token?.files.map(({ path }) => path))
  return [...entries.keys()].filter((path) => !ours.has(path) && !path.startsWith(`${ownFolder}/`))
}

/** What a snapshot changes; refused where something foreign stands in its way. */
export function changesTo(tree: ServiceTree, files: readonly GitFile[], snapshot: Snapshot): Changes {
  const { entries, token } = tree
  const wanted = new Map(files.map((file) => [file.path, file]))
  for (const path of foreignIn(tree)) {
    const isSame = wanted.get(path)?.entry === entries.get(path)
    if (wanted.has(path) ? !isSame : foldersOf(path).some((folder) => wanted.has(folder))) throw foreign(path, snapshot)
  }
  const foreignPaths = new Set(foreignIn(tree))
  for (const path of wanted.keys()) {
    const blocking = foldersOf(path).find((folder) => foreignPaths.has(folder))
    if (blocking !== undefined) throw foreign(blocking, snapshot)
  }
  return {
    written: files.filter(({ path, entry }) => entries.get(path) !== entry),
    removed: (token?.files ?? []).flatMap(({ path }) => (entries.has(path) && !wanted.has(path) ? [path] : [])),
  }
}

function foreign(path: string, snapshot: Snapshot): Error {
  const reason = `"${path}" is there and was not made by Guildhall; move it away`
  return refusedSnapshot('DELIVERY_REFUSED', snapshot, reason)
}
