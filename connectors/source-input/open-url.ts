import { openReader } from '../https/open-reader.ts'
import type { Input, Opening } from './open-input.ts'

/** Asks for what lies at an address; gives nothing where the server says that it is still in the state of the etag. */
export async function openUrl(
  url: string,
  { options, environment, accept, signal, etag }: Opening,
): Promise<Input | undefined> {
  signal.throwIfAborted()
  const reader = await openReader(options, environment)
  try {
    const answer = await reader.read({ url, accept, signal, etag })
    if (answer.kind === 'content') {
      const { origin, pathname } = new URL(url)
      return {
        name: `${origin}${pathname}`,
        bytes: asBuffers(answer.pieces),
        isSealed: false,
        etag: answer.etag,
        close: reader.close,
      }
    }
  } catch (error) {
    reader.close()
    throw error
  }
  reader.close()
  return undefined
}

async function* asBuffers(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
}
