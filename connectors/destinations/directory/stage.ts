import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Snapshot, SnapshotFile } from '../../destination.ts'
import { isErrno, statOf } from './digests.ts'
import { openBelow } from './folder.ts'
import { ownFolder, refused } from './token.ts'
import type { InstalledFile } from './token.ts'

/** Marks a delivery that is still being written; without it, the delivery claims the folder. */
export const partSuffix = '.part'

/** A snapshot's files written in full beside the installed ones, the n-th as `files/<n>`. */
export interface Staged {
  readonly claim: string
  readonly part: string
  readonly files: readonly InstalledFile[]
}

/** Writes a snapshot's files into a temporary folder of their own on the same file system. */
export async function stage(folder: string, snapshot: Snapshot, signal: AbortSignal): Promise<Staged> {
  const own = await openBelow(folder, [ownFolder])
  const claim = join(own, `${snapshot.generation}-${randomUUID()}`)
  const part = `${claim}${partSuffix}`
  try {
    await mkdir(join(part, 'files'), { recursive: true })
    const files: InstalledFile[] = []
    for (const [index, file] of snapshot.files.entries()) {
      files.push({
        path: file.path,
        sha256: await write(snapshot, file, { to: join(part, 'files', String(index)), signal }),
      })
    }
    return { claim, part, files }
  } catch (error) {
    const isTaken = isErrno(error, 'ENOENT') && (await statOf(part)) === undefined
    await rm(part, { recursive: true, force: true })
    throw isTaken ? refused('FENCED', snapshot, 'a newer delivery has taken its place') : error
  }
}

async function write(
  snapshot: Snapshot,
  file: SnapshotFile,
  { to, signal }: { to: string; signal: AbortSignal },
): Promise<string> {
  const hash = createHash('sha256')
  let size = 0
  const measured = async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of chunks) {
      size += chunk.byteLength
      hash.update(chunk)
      yield chunk
    }
  }
  await pipeline(snapshot.read(file.path), measured, createWriteStream(to, { flags: 'wx' }), { signal })
  if (size !== file.size)
    throw refused('DELIVERY_REFUSED', snapshot, `"${file.path}" has ${size} bytes, not the ${file.size} announced`)
  return hash.digest('hex')
}
