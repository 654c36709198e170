import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { GuildhallError } from '../../core/errors.ts'
import { addBeside } from '../../core/import/add-beside.ts'
import type { ImportedFile } from '../../core/import/imported.ts'
import type { Finding } from '../../core/model/finding.ts'
import { folderTree } from './read-folder.ts'
import { readTree } from './read-tree.ts'
import { renderRepository } from './render-repository.ts'
import type { Tree } from './tree.ts'
import { desireReading, type Abilities } from './validate-folder.ts'

/** Where a configuration is written. */
interface Target {
  readonly folder: string
  /** As it is called in messages. */
  readonly shown: string
  /** True: beside the configuration that is there, of which nothing changes. */
  readonly adds: boolean
  /** True: what is not valid is written too, and told. */
  readonly toleratesFaults?: boolean
  readonly abilities: Abilities
}

/** What was written. */
export interface Written {
  readonly files: readonly ImportedFile[]
  /** Paths, in order. */
  readonly paths: readonly string[]
  /** Documents that are in the configuration to which was added, and stay as they are: `Source github at instance.yaml:6`. */
  readonly there: readonly string[]
  /** What was not written as a document that is there says otherwise: `Group astro/board at astro/groups/board.yaml:1`. */
  readonly conflicts: readonly string[]
  /** What is wrong with what was written, such as `vos/astro/vo.yaml:7 there is no group "board"`. */
  readonly faults: readonly string[]
}

/**
 * Writes documents into a folder, all of them or nothing: what comes of them is read and checked before. FOLDER_REFUSED where the
 * folder is not empty, IMPORT_REFUSED where a document is not valid.
 */
export async function writeRepository(files: readonly ImportedFile[], target: Target): Promise<Written> {
  const { folder, shown, abilities } = target
  const before = await treeAt(target)
  const there = await readTree(before)
  refuseFaults(desireReading(there, abilities).findings, shown)
  const { files: fresh, known, conflicts } = addBeside(files, there.documents)
  const rendered = renderRepository(
    fresh,
    before.entries.map(({ path }) => path),
  )
  const all = { entries: [...before.entries, ...entriesOf(rendered)], read: readerOf(rendered, before) }
  const faults = desireReading(await readTree(all), abilities).findings.filter(isError)
  if (faults[0] !== undefined && target.toleratesFaults !== true) throw notValid(faults[0], shown)
  await place(folder, shown, rendered)
  const paths = [...rendered.keys()].sort()
  return { files: fresh, paths, there: known, conflicts, faults: faults.map(told) }
}

/** Writes texts by path into a new or empty folder. FOLDER_REFUSED where it is not empty. */
export async function writeTexts(
  target: Pick<Target, 'folder' | 'shown'>,
  texts: ReadonlyMap<string, string>,
): Promise<void> {
  await treeAt({ ...target, adds: false })
  await place(target.folder, target.shown, texts)
}

async function treeAt({ folder, shown, adds }: Omit<Target, 'abilities'>): Promise<Tree> {
  const names = existsSync(folder) ? await readdir(folder).catch(unusable(shown)) : []
  const visible = names.filter((name) => !name.startsWith('.'))
  if (visible.length === 0) return { entries: [], read: async () => new Uint8Array() }
  if (adds) return folderTree(folder)
  throw refused(shown, 'it is not empty; name a new or empty folder')
}

/** Without a place it is that there is no Instance, as in an empty folder: one is written now. */
function refuseFaults(findings: readonly Finding[], shown: string): void {
  const fault = findings.find((finding) => isError(finding) && finding.at !== undefined)
  if (fault !== undefined)
    throw refused(shown, `what is there is not valid: ${told(fault)}; \`guildhall validate\` lists what to change`)
}

function isError({ severity }: Finding): boolean {
  return severity === 'error'
}

function entriesOf(rendered: ReadonlyMap<string, string>): Tree['entries'] {
  return [...rendered].map(([path, text]) => ({ path, kind: 'file', bytes: Buffer.byteLength(text) }))
}

function readerOf(rendered: ReadonlyMap<string, string>, before: Tree): Tree['read'] {
  return async (entry) => {
    const text = rendered.get(entry.path)
    return text === undefined ? before.read(entry) : Buffer.from(text)
  }
}

/** What is written is whole before any of it is seen. */
async function place(folder: string, shown: string, rendered: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true }).catch(unusable(shown))
  const stage = await mkdtemp(join(folder, '.guildhall-')).catch(unusable(shown))
  try {
    for (const [path, text] of rendered) await write(join(stage, path), text)
    for (const path of rendered.keys()) {
      await mkdir(dirname(join(folder, path)), { recursive: true })
      await rename(join(stage, path), join(folder, path))
    }
  } finally {
    await rm(stage, { recursive: true, force: true })
  }
}

function unusable(shown: string): (error: unknown) => never {
  return (error) => {
    throw refused(shown, 'expected a folder that can be read and written, or a place where one can be made', error)
  }
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

function told({ at, message }: Finding): string {
  return at === undefined ? message : `${at.file}:${at.line} ${message}`
}

function refused(shown: string, reason: string, cause?: unknown): GuildhallError {
  return new GuildhallError('FOLDER_REFUSED', `Cannot write to "${shown}": ${reason}`, {
    facts: { folder: shown },
    cause,
  })
}

function notValid(fault: Finding, shown: string): GuildhallError {
  const message = `Cannot write to "${shown}": what would be written is not valid: ${told(fault)}; nothing was written`
  return new GuildhallError('IMPORT_REFUSED', message, { facts: { folder: shown } })
}
