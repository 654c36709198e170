import type { IncomingMessage } from 'node:http'

const usual = 'utf-8'

/**
 * The charset that an answer says it is written in, by its name in lower case; UTF-8 where it says nothing, or ASCII, and of JSON, which is
 * in UTF-8 whatever is said (RFC 8259, section 11).
 */
export function charsetOf({ headers }: Pick<IncomingMessage, 'headers'>): string {
  const type = headers['content-type'] ?? ''
  if (/^\s*[^\s;]*[/+]json\s*(;|$)/i.test(type)) return usual
  const name = /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(type)?.[1] ?? usual
  return /^(utf-?8|us-ascii)$/i.test(name) ? usual : name.toLowerCase()
}

/** Tells whether an answer in it can be read. */
export function isKnownCharset(charset: string): boolean {
  try {
    return new TextDecoder(charset).encoding !== ''
  } catch {
    return false
  }
}

/** The same answer in UTF-8. What is that already is passed on as it is; anything else fails where it is not what it says. */
export async function* inUtf8(pieces: AsyncIterable<Uint8Array>, charset: string): AsyncGenerator<Uint8Array> {
  if (charset === usual) {
    yield* pieces
    return
  }
  const decoder = new TextDecoder(charset, { fatal: true })
  for await (const piece of pieces) yield Buffer.from(decoder.decode(piece, { stream: true }))
  yield Buffer.from(decoder.decode())
}
