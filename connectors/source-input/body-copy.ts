import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/** A file that holds a whole body. */
export interface CopiedBody {
  readonly file: string
  /** In bytes. */
  readonly size: number
  /** SHA-256, hex. */
  readonly digest: string
}

/** Writes a body to a file of its own while it is read. Where that cannot be, nothing is copied, and the read goes on. */
export class BodyCopy {
  readonly #file: string
  readonly #handle: FileHandle
  readonly #mostBytes: number
  readonly #digest = createHash('sha256')
  #size = 0
  #state: 'copying' | 'failed' | 'taken' | 'whole' = 'copying'

  private constructor(handle: FileHandle, file: string, mostBytes: number) {
    this.#handle = handle
    this.#file = file
    this.#mostBytes = mostBytes
  }

  /** Nothing where no file can be made. */
  static async begin(folder: string, mostBytes: number): Promise<BodyCopy | undefined> {
    const file = join(folder, randomUUID())
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      return new BodyCopy(await open(file, 'wx', 0o600), file, mostBytes)
    } catch {
      return undefined
    }
  }

  /** The same pieces, each written before it is passed on. */
  async *passing(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const piece of pieces) {
      await this.#write(piece)
      yield piece
    }
    if (this.#state === 'copying') this.#state = 'whole'
  }

  /** Gives the file away, once; nothing unless all of the body is in it. */
  take(): CopiedBody | undefined {
    if (this.#state !== 'whole') return undefined
    this.#state = 'taken'
    return { file: this.#file, size: this.#size, digest: this.#digest.digest('hex') }
  }

  /** Removes the file, unless it was given away. */
  async close(): Promise<void> {
    await this.#handle.close()
    if (this.#state !== 'taken') await rm(this.#file, { force: true })
  }

  async #write(piece: Buffer): Promise<void> {
    if (this.#state !== 'copying') return
    this.#size += piece.length
    try {
      if (this.#size > this.#mostBytes) throw new RangeError('It is too long to be kept')
      this.#digest.update(piece)
      await this.#handle.appendFile(piece)
    } catch {
      this.#state = 'failed'
      await this.#handle.truncate(0).catch(() => undefined)
    }
  }
}
