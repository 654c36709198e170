import { createHash } from 'node:crypto'
import type { Snapshot } from '../../destination.ts'
import { refusedSnapshot } from '../../fencing.ts'

/** A file of a snapshot as git knows it. */
export interface GitFile {
  readonly path: string
  readonly size: number
  readonly sha256: string
  /** Mode and object, `100644 <object>`. */
  readonly entry: string
}

/** Names the files of a snapshot as git would; fails where one is not as long as announced. */
export async function nameFiles(snapshot: Snapshot, signal: AbortSignal): Promise<GitFile[]> {
  const named: GitFile[] = []
  for (const { path, size } of snapshot.files) {
    const object = createHash('sha1').update(`blob ${size}\0`)
    const hash = createHash('sha256')
    let found = 0
    for await (const chunk of snapshot.read(path)) {
      signal.throwIfAborted()
      found += chunk.byteLength
      object.update(chunk)
      hash.update(chunk)
    }
    if (found !== size)
      throw refusedSnapshot('DELIVERY_REFUSED', snapshot, `"${path}" has ${found} bytes, not the ${size} announced`)
    named.push({ path, size, sha256: hash.digest('hex'), entry: `100644 ${object.digest('hex')}` })
  }
  return named
}
