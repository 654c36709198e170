import type { Snapshot } from '../../destination.ts'
import type { Payload } from './payload.ts'

/** One JSON document with every file in it: as text, or in base64 where its bytes are not UTF-8. */
export async function jsonPayload(snapshot: Snapshot): Promise<Payload> {
  const isText = new Map<string, boolean>()
  for (const { path } of snapshot.files) isText.set(path, await isUtf8(snapshot.read(path)))
  const { facility, service, generation, hash, files } = snapshot
  return {
    type: 'application/json',
    async *pieces() {
      const head = JSON.stringify({ facility, service, generation, hash })
      yield Buffer.from(`${head.slice(0, -1)},"files":[`)
      for (const [index, { path }] of files.entries()) {
        const asText = isText.get(path) === true
        yield Buffer.from(`${index === 0 ? '' : ','}{"path":${JSON.stringify(path)},"${asText ? 'text' : 'base64'}":"`)
        yield* asText ? inText(snapshot.read(path)) : inBase64(snapshot.read(path))
        yield Buffer.from('"}')
      }
    },
    end: Buffer.from(']}'),
  }
}

async function isUtf8(bytes: AsyncIterable<Uint8Array>): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let isSo = true
  for await (const piece of bytes) isSo &&= canDecode(() => decoder.decode(piece, { stream: true }))
  return isSo && canDecode(() => decoder.decode())
}

function canDecode(decode: () => string): boolean {
  try {
    decode()
    return true
  } catch {
    return false
  }
}

async function* inText(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  for await (const piece of bytes) yield escaped(decoder.decode(piece, { stream: true }))
  yield escaped(decoder.decode())
}

function escaped(text: string): Uint8Array {
  return Buffer.from(JSON.stringify(text).slice(1, -1))
}

/** Three bytes are four characters, so that pieces are parted there. */
async function* inBase64(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let rest: Uint8Array = Buffer.alloc(0)
  for await (const piece of bytes) {
    const whole = Buffer.concat([rest, piece])
    const end = whole.length - (whole.length % 3)
    yield Buffer.from(whole.toString('base64', 0, end))
    rest = whole.subarray(end)
  }
  yield Buffer.from(Buffer.from(rest).toString('base64'))
}
