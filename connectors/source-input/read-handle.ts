import type { FileHandle } from 'node:fs/promises'

const portion = 65_536

/** Reads an open regular file from its beginning to its end; returns how many bytes it had. */
export async function* readHandle(handle: FileHandle, signal: AbortSignal): AsyncGenerator<Buffer, number> {
  let size = 0
  for (;;) {
    signal.throwIfAborted()
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(portion), 0, portion, size)
    if (bytesRead === 0) return size
    size += bytesRead
    yield buffer.subarray(0, bytesRead)
  }
}
