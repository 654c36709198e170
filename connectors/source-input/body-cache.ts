import { createHash } from 'node:crypto'
import { constants, open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import type { Validator } from '../https/validator.ts'
import { BodyCopy } from './body-copy.ts'
import type { CopiedBody } from './body-copy.ts'
import { readHandle } from './read-handle.ts'

/** A body that was kept, open to be read. */
export interface KeptBody {
  readonly validator: Validator
  readonly bytes: AsyncGenerator<Buffer>
  close(): Promise<void>
}

interface Noted extends CopiedBody {
  readonly validator: Validator
  readonly keptAtMs: number
}

/** What bounds a cache. */
interface BodyLimits {
  /** In milliseconds since 1970. */
  readonly now: () => number
  /** What all that are kept may take together, and each copy under way besides. */
  readonly mostBytes?: number
}

const usualMost = 500 * 1024 * 1024

/** A server whose validators do not change when they should is believed for a day. */
const longestMs = 24 * 3_600_000

/**
 * The last whole body of each address, in files that only this user reads, so that what has not changed need not be sent again. What is
 * known of the files is in memory alone: they serve nobody after the process. Losing one costs a read of everything, never an error.
 */
export class BodyCache {
  readonly #folder: string
  readonly #now: () => number
  readonly #mostBytes: number
  readonly #noted = new Map<string, Noted>()
  #isClosed = false

  /** Everything in the folder is the cache's. */
  constructor(folder: string, { now, mostBytes = usualMost }: BodyLimits) {
    this.#folder = folder
    this.#now = now
    this.#mostBytes = mostBytes
  }

  /** Opens what was kept under a key in the last day; nothing where there is none, or its file is not what was written. */
  async find(key: string, signal: AbortSignal): Promise<KeptBody | undefined> {
    const noted = this.#noted.get(key)
    if (noted === undefined) return undefined
    const isOld = this.#now() - noted.keptAtMs > longestMs
    const handle = isOld ? undefined : await openUnchanged(noted, signal)
    if (handle === undefined) {
      await this.#drop(key, noted)
      return undefined
    }
    const { validator } = noted
    return { validator, bytes: readHandle(handle, signal), close: async () => handle.close() }
  }

  /** Begins a copy that nobody finds until it is kept; nothing where none can be made. */
  async beginCopy(): Promise<BodyCopy | undefined> {
    return this.#isClosed ? undefined : BodyCopy.begin(this.#folder, this.#mostBytes)
  }

  /** Keeps a copy, if it is whole, in the place of what was kept under the key; the largest go where all take too much. */
  async keep(key: string, copy: BodyCopy, validator: Validator): Promise<void> {
    const copied = this.#isClosed ? undefined : copy.take()
    if (copied === undefined) return
    const before = this.#noted.get(key)
    this.#noted.set(key, { ...copied, validator, keptAtMs: this.#now() })
    if (before !== undefined) await rm(before.file, { force: true })
    await this.#shrink()
  }

  async forget(key: string): Promise<void> {
    const noted = this.#noted.get(key)
    if (noted !== undefined) await this.#drop(key, noted)
  }

  /** Removes everything, also what an earlier process left. */
  async empty(): Promise<void> {
    this.#noted.clear()
    await rm(this.#folder, { recursive: true, force: true })
  }

  /** Removes everything, and keeps nothing from now on. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.empty()
  }

  async #shrink(): Promise<void> {
    let size = 0
    for (const noted of this.#noted.values()) size += noted.size
    const largestFirst = [...this.#noted].toSorted(([, one], [, other]) => other.size - one.size)
    for (const [key, noted] of largestFirst) {
      if (size <= this.#mostBytes) return
      size -= noted.size
      await this.#drop(key, noted)
    }
  }

  async #drop(key: string, noted: Noted): Promise<void> {
    if (this.#noted.get(key) === noted) this.#noted.delete(key)
    await rm(noted.file, { force: true })
  }
}

/** Reads it all before anybody relies on it; what is open then stays, whatever becomes of its name. */
async function openUnchanged({ file, digest }: CopiedBody, signal: AbortSignal): Promise<FileHandle | undefined> {
  let handle: FileHandle
  try {
    handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch {
    return undefined
  }
  if ((await digestOf(handle, signal).catch(() => undefined)) === digest) return handle
  await handle.close()
  signal.throwIfAborted()
  return undefined
}

async function digestOf(handle: FileHandle, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256')
  for await (const piece of readHandle(handle, signal)) hash.update(piece)
  return hash.digest('hex')
}
