import { LdapFailure } from './failure.ts'

/** Tags of RFC 4511 that more than one kind of message has. */
export const tags = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  enumerated: 0x0a,
  sequence: 0x30,
  set: 0x31,
  controls: 0xa0,
} as const

/** Where the content of an element begins, and how long it is. */
interface Header {
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
  readonly #end: number
  #at: number

  constructor(bytes: Buffer, from = 0, end = bytes.length) {
    this.#bytes = bytes
    this.#end = end
    this.#at = from
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#end
  }

  /** The tag of the next element, whatever it is. */
  get tag(): number {
    const tag = this.isAtEnd ? undefined : this.#bytes[this.#at]
    if (tag === undefined) throw malformed()
    return tag
  }

  /** The elements in the next one, which has this tag. */
  enter(tag: number): Elements {
    const start = this.#pass(tag)
    return new Elements(this.#bytes, start, this.#at)
  }

  /** The bytes of the next element, which has this tag. */
  take(tag: number): Buffer {
    const start = this.#pass(tag)
    return this.#bytes.subarray(start, this.#at)
  }

  /** The same, as text. */
  takeText(tag: number): string {
    const start = this.#pass(tag)
    return this.#bytes.toString('utf8', start, this.#at)
  }

  /** The number that the next element is, an INTEGER or ENUMERATED. */
  takeNumber(tag: number): number {
    const start = this.#pass(tag)
    const size = this.#at - start
    if (size < 1 || size > 4) throw malformed()
    return this.#bytes.readIntBE(start, size)
  }

  /** Goes to the end of the next element, which has this tag, and gives where its content begins. */
  #pass(tag: number): number {
    const header = this.tag === tag ? readHeader(this.#bytes, this.#at) : undefined
    const end = header === undefined ? Infinity : header.start + header.length
    if (header === undefined || end > this.#end) throw malformed()
    this.#at = end
    return header.start
  }
}

/** The failure that an answer is which is not as RFC 4511 has it. */
export function malformed(): LdapFailure {
  return new LdapFailure('wrong', 'it answered with a malformed message')
}
