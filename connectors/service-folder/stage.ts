import { createHash, randomUUID } from 'node:crypto'
import type { Snapshot, SnapshotFile } from '../destination.ts'
import { refusedSnapshot } from '../fencing.ts'
import { eachOf, type FileAccess } from './file-access.ts'
import { openBelow } from './folder.ts'
import { ownFolder, type InstalledFile } from './token.ts'

/** Marks a delivery that is still being written; without it, the delivery claims the folder. */
export const partSuffix = '.part'

/** A snapshot's files written in full beside the installed ones, the n-th as `files/<n>`. */
export interface Staged {
  readonly claim: string
  readonly part: string
  readonly files: readonly InstalledFile[]
}

/** Where a service's files lie. */
export interface ServiceFolder {
  readonly files: FileAccess
  readonly folder: string
}

/** Writes a snapshot's files into a temporary folder of their own on the same file system. */
export async function stage(
  { files, folder }: ServiceFolder,
  snapshot: Snapshot,
  signal: AbortSignal,
): Promise<Staged> {
  const own = await openBelow(files, folder, [ownFolder])
  const claim = `${own}/${snapshot.generation}-${randomUUID()}`
  const part = `${claim}${partSuffix}`
  try {
    await files.makeFolder(part)
    await files.makeFolder(`${part}/files`)
    const digests: string[] = []
    await eachOf(snapshot.files, files.atOnce, async (file, index) => {
      const measured = measure(snapshot, file, signal)
      await files.write(`${part}/files/${index}`, measured.content)
      digests[index] = measured.digest()
    })
    return { claim, part, files: snapshot.files.map(({ path }, index) => ({ path, sha256: digests[index] ?? '' })) }
  } catch (error) {
    const isTaken = files.isMissing(error) && (await files.kindOf(part)) === undefined
    await files.removeAll(part).catch(() => undefined)
    throw isTaken ? refusedSnapshot('FENCED', snapshot, 'a newer delivery has taken its place') : error
  }
}

interface Measured {
  readonly content: AsyncIterable<Uint8Array>
  /** Once everything was read. */
  digest(): string
}

/** Reads a file of a snapshot; fails where it is not as long as announced. */
function measure(snapshot: Snapshot, { path, size }: SnapshotFile, signal: AbortSignal): Measured {
  const hash = createHash('sha256')
  const content = async function* (): AsyncGenerator<Uint8Array> {
    let found = 0
    for await (const chunk of snapshot.read(path)) {
      signal.throwIfAborted()
      found += chunk.byteLength
      hash.update(chunk)
      yield chunk
    }
    signal.throwIfAborted()
    if (found !== size)
      throw refusedSnapshot('DELIVERY_REFUSED', snapshot, `"${path}" has ${found} bytes, not the ${size} announced`)
  }
  return { content: content(), digest: () => hash.digest('hex') }
}
