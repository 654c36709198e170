import type { Snapshot } from '../../destination.ts'
import { refusedSnapshot } from '../../fencing.ts'

/** In bytes, of a whole snapshot: what is smaller is read once and kept. */
const small = 1024 * 1024

/** The same snapshot, to be read more than once: a file gives as many bytes as it said, or fails; an aborted signal ends it. */
export function rereadable(snapshot: Snapshot, signal: AbortSignal): Snapshot {
  const isSmall = snapshot.files.reduce((sum, { size }) => sum + size, 0) <= small
  const sizes = new Map(snapshot.files.map(({ path, size }) => [path, size]))
  const kept = new Map<string, readonly Uint8Array[]>()
  const read = async function* (path: string): AsyncGenerator<Uint8Array> {
    const pieces: Uint8Array[] = []
    const announced = sizes.get(path) ?? 0
    let size = 0
    for await (const piece of kept.get(path) ?? snapshot.read(path)) {
      signal.throwIfAborted()
      size += piece.length
      if (size > announced) break
      if (isSmall) pieces.push(piece)
      yield piece
    }
    if (size !== announced)
      throw refusedSnapshot('DELIVERY_REFUSED', snapshot, `"${path}" has not the ${announced} bytes announced`)
    if (isSmall) kept.set(path, pieces)
  }
  return { ...snapshot, read }
}
