import { LdapFailure } from './failure.ts'

/** One element of BER (X.690): its tag, and the bytes in it. */
export interface Element {
  readonly tag: number
  readonly content: Buffer
}

/** Tags of RFC 4511 that more than one kind of message has. */
export const tags = {
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
  controls: 0xa0,
} as const

/** Where the content of an element begins, and how long it is. */
export interface Header {
  readonly start: number
  readonly length: number
}

/** Reads the head of the element that begins here; nothing before all of it has come. */
export function readHeader(bytes: Buffer, at: number): Header | undefined {
  const first = bytes[at + 1]
  if (first === undefined) return undefined
  if (first < 0x80) return { start: at + 2, length: first }
  const count = first & 0x7f
  if (count === 0 || count > 4) throw new LdapFailure('wrong', 'it answered with something else than LDAP')
  if (bytes.length < at + 2 + count) return undefined
  return { start: at + 2 + count, length: bytes.readUIntBE(at + 2, count) }
}

/** Takes the elements that bytes are made of one after the other, each of the kind that has to come. */
export class Elements {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  /** The next element, whatever it is. */
  next(): Element {
    const tag = this.#bytes[this.#at]
    const header = readHeader(this.#bytes, this.#at)
    const end = header === undefined ? Infinity : header.start + header.length
    if (tag === undefined || header === undefined || end > this.#bytes.length) throw malformed()
    this.#at = end
    return { tag, content: this.#bytes.subarray(header.start, end) }
  }

  /** The content of the next element, which has this tag. */
  take(tag: number): Buffer {
    const next = this.next()
    if (next.tag !== tag) throw malformed()
    return next.content
  }

  /** The same, where there is such a one. */
  takeIf(tag: number): Buffer | undefined {
    return this.#bytes[this.#at] === tag ? this.take(tag) : undefined
  }

  /** The contents of all that are left, each of which has this tag. */
  takeAll(tag: number): Buffer[] {
    const contents: Buffer[] = []
    while (!this.isAtEnd) contents.push(this.take(tag))
    return contents
  }
}

/** The number that the content of an INTEGER or ENUMERATED is. */
export function numberOf(content: Buffer): number {
  if (content.length < 1 || content.length > 4) throw malformed()
  return content.readIntBE(0, content.length)
}

/** The failure that an answer is which is not as RFC 4511 has it. */
export function malformed(): LdapFailure {
  return new LdapFailure('wrong', 'it answered with a malformed message')
}
