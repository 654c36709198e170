import { createHash } from 'node:crypto'
import { GuildhallError } from '../../core/errors.ts'

/** In bytes; a token of a hundred thousand files has a fifth of it. */
const longestText = 64 * 1024 * 1024

/** What stands at a path, a symbolic link not followed: `other` is what is neither a plain file nor a folder. */
export type FileKind = 'file' | 'folder' | 'other'

/** One name in a folder. */
export interface Entry {
  readonly name: string
  readonly kind: FileKind
}

/** What a delivery does to files, wherever they lie. Paths are joined by `/`; what fails throws as the place itself says it. */
export interface FileAccess {
  /** Tells this place from others that the process writes to. */
  readonly place: string
  /** How many files are best worked on at once. */
  readonly atOnce: number
  /** Undefined where nothing stands. */
  kindOf(path: string): Promise<FileKind | undefined>
  /** Empty where there is no such folder. */
  list(folder: string): Promise<readonly Entry[]>
  read(path: string): AsyncIterable<Uint8Array>
  /** Makes a file that is not there yet. */
  write(path: string, content: AsyncIterable<Uint8Array>): Promise<void>
  makeFolder(path: string): Promise<void>
  /** Replaces a file that stands there, at once for whoever looks. */
  rename(from: string, to: string): Promise<void>
  /** Makes a file's bytes, or the names a folder holds, last through a power cut. */
  sync(path: string): Promise<void>
  /** Leaves a folder that is not empty, or not there. */
  removeFolder(path: string): Promise<void>
  /** Removes a file, or a folder with everything in it; what is not there is gone already. */
  removeAll(path: string): Promise<void>
  /** Tells whether an error says that there is no such file or folder. */
  isMissing(error: unknown): boolean
}

/** The SHA-256 of a plain file; undefined where there is none, or something else stands in its place. */
export async function fileDigest(files: FileAccess, path: string): Promise<string | undefined> {
  if ((await files.kindOf(path)) !== 'file') return undefined
  const hash = createHash('sha256')
  try {
    for await (const chunk of files.read(path)) hash.update(chunk)
  } catch (error) {
    if (files.isMissing(error)) return undefined
    throw error
  }
  return hash.digest('hex')
}

/** The text of a file of our own; undefined where there is none. */
export async function readText(files: FileAccess, path: string): Promise<string | undefined> {
  const chunks: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of files.read(path)) {
      size += chunk.byteLength
      if (size > longestText) throw new GuildhallError('DELIVERY_REFUSED', `Cannot read "${path}": it is too long`)
      chunks.push(chunk)
    }
  } catch (error) {
    if (files.isMissing(error)) return undefined
    throw error
  }
  return Buffer.concat(chunks).toString('utf8')
}

/** Makes a small file that lasts. */
export async function writeText(files: FileAccess, path: string, text: string): Promise<void> {
  const content = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from(text)
  }
  await files.write(path, content())
  await files.sync(path)
}

/** Works on many, some at a time; the first failure is thrown once nothing is under way any more. */
export async function eachOf<T>(
  items: readonly T[],
  atOnce: number,
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const entries = items.entries()
  const failures: unknown[] = []
  const worker = async (): Promise<void> => {
    for (const [index, item] of entries) {
      if (failures.length > 0) return
      await work(item, index).catch((error: unknown) => void failures.push(error))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
  if (failures.length > 0) throw failures[0]
}
