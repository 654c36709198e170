import { readHeader, tags } from './ber.ts'
import { LdapFailure } from './failure.ts'
import { longestEntry } from './limits.ts'

/** Cuts what comes from a directory into whole messages. */
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
    if (bytes[0] !== tags.sequence) throw wrong('it answered with something else than LDAP')
    const header = readHeader(bytes, 0)
    const end = header === undefined ? bytes.length + 1 : header.start + header.length
    if (end > longestEntry) throw wrong(`an entry is longer than ${longestEntry / 1024 ** 2} MB`)
    if (bytes.length < end) {
      this.#needed = end
      return undefined
    }
    this.#size = bytes.length - end
    this.#chunks = this.#size === 0 ? [] : [bytes.subarray(end)]
    this.#needed = 2
    return bytes.subarray(0, end)
  }
}

function wrong(reason: string): LdapFailure {
  return new LdapFailure('wrong', reason)
}
