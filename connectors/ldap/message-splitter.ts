import { LdapFailure } from './failure.ts'

/** In bytes, of one message: an entry with everything that is in it. */
const longestMessage = 128 * 1024 * 1024
const deepest = 12
const sequence = 0x30

/** Cuts what comes from a directory into whole messages, and lets through only what is BER all the way down. */
export class MessageSplitter {
  #chunks: Buffer[] = []
  #size = 0
  #needed = 2

  add(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
  }

  /** Whether everything that came was taken. */
  get isEmpty(): boolean {
    return this.#size === 0
  }

  /** The next message; nothing before all of it has come. */
  take(): Buffer | undefined {
    if (this.#size < this.#needed) return undefined
    const bytes = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks)
    if (bytes === undefined) return undefined
    this.#chunks = [bytes]
    if (bytes[0] !== sequence) throw wrong('it answered with something else than LDAP')
    const header = readHeader(bytes, 0)
    const end = header === undefined ? bytes.length + 1 : header.start + header.length
    if (end > longestMessage) throw wrong(`an entry is longer than ${longestMessage / 1024 ** 2} MB`)
    if (bytes.length < end) {
      this.#needed = end
      return undefined
    }
    this.#size = bytes.length - end
    this.#chunks = this.#size === 0 ? [] : [bytes.subarray(end)]
    this.#needed = 2
    return checked(bytes.subarray(0, end))
  }
}

interface Header {
  /** Where the content begins. */
  readonly start: number
  readonly length: number
}

function readHeader(bytes: Buffer, at: number): Header | undefined {
  const first = bytes[at + 1]
  if (first === undefined) return undefined
  if (first < 0x80) return { start: at + 2, length: first }
  const count = first & 0x7f
  if (count === 0 || count > 4) throw wrong('it answered with something else than LDAP')
  if (bytes.length < at + 2 + count) return undefined
  return { start: at + 2 + count, length: bytes.readUIntBE(at + 2, count) }
}

/** What ldapts reads it reads to the end it was told; an end beyond the message's own would have it read for ever. */
function checked(message: Buffer): Buffer {
  if (!isWhole(message, 0, deepest)) throw wrong('it answered with a malformed message')
  return message
}

function isWhole(bytes: Buffer, from: number, depth: number): boolean {
  let at = from
  while (at < bytes.length) {
    const header = readHeader(bytes, at)
    if (header === undefined) return false
    const end = header.start + header.length
    if (end > bytes.length) return false
    const isConstructed = ((bytes[at] ?? 0) & 0x20) !== 0
    if (isConstructed && (depth === 0 || !isWhole(bytes.subarray(header.start, end), 0, depth - 1))) return false
    at = end
  }
  return true
}

function wrong(reason: string): LdapFailure {
  return new LdapFailure('wrong', reason)
}
