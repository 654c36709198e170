import { openReader } from '../https/open-reader.ts'
import { failed } from '../https/failures.ts'
import { shownUrl } from '../https/json.ts'
import type { Input, Opening } from './open-input.ts'

/** Asks for what lies at an address. */
export async function openUrl(url: string, { options, environment, accept, signal }: Opening): Promise<Input> {
  signal.throwIfAborted()
  const name = shownUrl(url)
  const reader = await openReader(options, environment)
  try {
    const answer = await reader.read({ url, accept, signal })
    if (answer.kind === 'unchanged') throw failed('SOURCE_ANSWER_WRONG', name, 'it says that nothing has changed')
    return { name, bytes: asBuffers(answer.pieces), isSealed: false, close: reader.close }
  } catch (error) {
    reader.close()
    throw error
  }
}

async function* asBuffers(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
}
