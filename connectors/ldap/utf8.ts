import { isUtf8 } from 'node:buffer'

/** The text that bytes are in UTF-8; nothing where they are not. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (!isUtf8(bytes)) return undefined
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
}
