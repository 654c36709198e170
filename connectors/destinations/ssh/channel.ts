import { addAbortListener } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'

/** Both ends of a receiver that was just started. */
export interface Channel {
  readonly input: Writable
  readonly output: Readable
  /** What it said on standard error, or what ended the connection. */
  complaint(): string
  close(): void
}

const longestAnswer = 64 * 1024 * 1024

/** Sends everything while listening for the answer, which may come before everything is sent; gives the answer's text. */
export async function converse(
  channel: Channel,
  message: () => AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<string> {
  const enough = new AbortController()
  let broken: { readonly cause: unknown } | undefined
  const source = async function* (): AsyncGenerator<Uint8Array> {
    try {
      yield* message()
    } catch (cause) {
      broken = { cause }
      channel.close()
      throw cause
    }
  }
  const listener = addAbortListener(signal, () => channel.close())
  // A receiver that has answered reads no further: what then fails on the way there does not matter.
  const sending = pipeline(source, channel.input, { signal: AbortSignal.any([signal, enough.signal]) }).catch(
    () => undefined,
  )
  try {
    const answer = await listen(channel.output)
    enough.abort()
    await sending
    signal.throwIfAborted()
    if (broken !== undefined) throw broken.cause
    return answer
  } finally {
    listener[Symbol.dispose]()
    channel.close()
  }
}

async function listen(output: Readable): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  output.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= longestAnswer) chunks.push(chunk)
  })
  await finished(output, { writable: false }).catch(() => undefined)
  return Buffer.concat(chunks).toString('utf8')
}
