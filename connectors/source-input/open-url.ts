import { createHash } from 'node:crypto'
import type { HttpsAnswer } from '../https/answer.ts'
import { nothingKept, reading } from '../https/failures.ts'
import { createHttpsReader } from '../https/reader.ts'
import { readSettings } from '../https/settings.ts'
import { shownUrl } from '../https/shown-url.ts'
import type { BodyCache, KeptBody } from './body-cache.ts'
import type { Input, Opening } from './open-input.ts'
import { unkept } from './unkept.ts'

/** Asks for what lies at an address; where it is still what was kept of it, that is read. */
export async function openUrl(url: string, { options, environment, accept, signal, cache }: Opening): Promise<Input> {
  signal.throwIfAborted()
  const name = shownUrl(url)
  const settings = await readSettings(reading, options, environment)
  // Of an answer to somebody else, or to another question, nothing may be known.
  const key = createHash('sha256')
    .update(JSON.stringify([url, accept, settings]))
    .digest('hex')
  const reader = createHttpsReader(settings)
  let kept: KeptBody | undefined
  try {
    kept = await cache?.find(key, signal)
    const answer = await reader.read({ url, accept, signal, validator: kept?.validator })
    const body = await bodyOf(answer, { name, key, kept, cache })
    const close = async (): Promise<void> => {
      reader.close()
      await body.close()
      await kept?.close()
    }
    return { name, isSealed: false, bytes: body.bytes, keep: body.keep, close }
  } catch (error) {
    reader.close()
    await kept?.close()
    throw error
  }
}

interface Keeping {
  readonly name: string
  readonly key: string
  readonly kept: KeptBody | undefined
  readonly cache: BodyCache | undefined
}

type Body = Pick<Input, 'bytes' | 'close' | 'keep'>

async function bodyOf(answer: HttpsAnswer, { name, key, kept, cache }: Keeping): Promise<Body> {
  if (answer.kind === 'unchanged') {
    if (kept === undefined) throw nothingKept(name)
    if (!answer.isStorable) await cache?.forget(key)
    return { bytes: kept.bytes, ...unkept }
  }
  // It is over now, also if of the new one not all comes.
  await cache?.forget(key)
  const bytes = asBuffers(answer.pieces)
  const { validator } = answer
  const copy = validator === undefined ? undefined : await cache?.beginCopy()
  if (validator === undefined || copy === undefined) return { bytes, ...unkept }
  return {
    bytes: copy.passing(bytes),
    keep: async () => cache?.keep(key, copy, validator),
    close: async () => copy.close(),
  }
}

async function* asBuffers(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) yield Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)
}
