import type { IncomingMessage } from 'node:http'
import { pipeline, Readable } from 'node:stream'
import { createGunzip, createInflate } from 'node:zlib'
import { HttpsFault } from './failures.ts'

/** How much a source may answer, and how long it may take. */
export interface HttpsLimits {
  /** Of one answer, unpacked. */
  readonly bytes: number
  /** Silence that is put up with; also how long the first byte may take. */
  readonly idleMs: number
  /** Of one answer as it comes: who is slower for longer than `idleMs` is given up. */
  readonly leastBytesPerSecond: number
}

export const usualLimits: HttpsLimits = { bytes: 100 * 1024 * 1024, idleMs: 60_000, leastBytesPerSecond: 1_000 }

interface Body {
  readonly response: IncomingMessage
  readonly limits: HttpsLimits
}

/** The unpacked bytes of an answer, piece by piece as they are asked for; fails unless all of it came. */
export async function* readBody(body: Body): AsyncGenerator<Uint8Array> {
  requireLength(body)
  const unpacked = unpack(body, receive(body))
  let count = 0
  for await (const piece of withoutPage(unpacked)) {
    count += piece.length
    if (count > body.limits.bytes) throw tooLong(body)
    yield piece
  }
}

/** An answer that ends where its connection ends could be cut anywhere without a trace. */
function requireLength({ response }: Body): void {
  const { 'content-length': length, 'transfer-encoding': coding } = response.headers
  if (coding === undefined ? length !== undefined : coding.toLowerCase() === 'chunked') return
  throw new HttpsFault('answer-wrong', 'its answer does not say how long it is, so that a cut one could not be told')
}

function tooLong({ limits }: Body): Error {
  return new HttpsFault('answer-wrong', `its answer is longer than ${limits.bytes.toLocaleString('en')} bytes`)
}

function unpack(body: Body, packed: AsyncGenerator<Uint8Array>): AsyncIterable<Uint8Array> {
  const encoding = body.response.headers['content-encoding']?.toLowerCase() ?? 'identity'
  if (encoding === 'identity' || encoding === '') return packed
  const unpacker = unpackers.get(encoding)?.()
  if (unpacker === undefined)
    throw new HttpsFault('answer-wrong', `its answer is packed as "${encoding}", which was not asked for`)
  return pipeline(Readable.from(packed, { objectMode: false }), unpacker, () => undefined)
}

const unpackers: ReadonlyMap<string, () => ReturnType<typeof createGunzip>> = new Map([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
])

/** Only time in which we wait for the other side counts, so that a slow reader of ours is not held against it. */
async function* receive({ response, limits }: Body): AsyncGenerator<Uint8Array> {
  const pieces: AsyncIterator<Uint8Array> = response[Symbol.asyncIterator]()
  let patienceMs = limits.idleMs
  try {
    for (;;) {
      const begunAt = performance.now()
      const timer = setTimeout(() => response.destroy(tooSlow()), Math.min(limits.idleMs, patienceMs))
      const next = await pieces.next().finally(() => clearTimeout(timer))
      if (next.done === true) return
      patienceMs += (next.value.length / limits.leastBytesPerSecond) * 1_000 - (performance.now() - begunAt)
      if (patienceMs <= 0) throw tooSlow()
      yield next.value
    }
  } finally {
    if (!response.complete) response.destroy()
  }
}

function tooSlow(): Error {
  return new HttpsFault('unreachable', 'its answer stopped coming, or came too slowly')
}

const pageStart = /^\uFEFF?(?:\s|<\?xml[^>]*>|<!--[^>]*-->)*<(?:!doctype\s+html|html)\b/i
const enoughToTell = 512

/** A login page is one whatever it is called. */
async function* withoutPage(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let start: Uint8Array | undefined = new Uint8Array()
  for await (const piece of pieces) {
    if (start === undefined) {
      yield piece
      continue
    }
    start = Buffer.concat([start, piece])
    if (start.length < enoughToTell) continue
    refusePage(start)
    yield start
    start = undefined
  }
  if (start === undefined) return
  refusePage(start)
  if (start.length > 0) yield start
}

function refusePage(start: Uint8Array): void {
  const text = Buffer.from(start.subarray(0, 1_024)).toString('utf8')
  if (pageStart.test(text)) throw new HttpsFault('answer-wrong', 'it answers with an HTML page, perhaps one to log in')
}
