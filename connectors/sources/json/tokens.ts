import { isUtf8 } from 'node:buffer'
import { longestValue } from '../../source.ts'
import { readValue } from '../../source-records.ts'
import type { Unreadable } from '../../source-records.ts'

/** A token of JSON: a mark, a text, or the letters of a number, `true`, `false` or `null`. */
export type Token =
  | { readonly kind: 'mark'; readonly mark: string }
  | { readonly kind: 'text'; readonly value: string | Unreadable }
  | { readonly kind: 'word'; readonly word: string }

const quote = 0x22
const backslash = 0x5c
const space = 0x20
const spaces = new Set([space, 0x09, 0x0a, 0x0d])
const marks = new Set(Buffer.from('{}[],:'))
const wordByte = /[-+.0-9A-Za-z]/
const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/
const longestWord = 1_000
/** A character is written with at most six bytes, as in `\u00e9`. */
const mostTextBytes = longestValue * 6

type State = 'between' | 'word' | 'text' | 'escape'

/**
 * Splits bytes into the tokens of RFC 8259, holding one at most. Numbers stay as they are written: a long one would lose digits as a
 * double, and become somebody else's.
 */
export class TokenScanner {
  readonly #take: (token: Token) => void
  readonly #fail: (reason: string) => Error
  #state: State = 'between'
  #parts: Buffer[] = []
  #size = 0
  #hasEscapes = false
  #offset = 0

  constructor(take: (token: Token) => void, fail: (reason: string) => Error) {
    this.#take = take
    this.#fail = fail
  }

  /** Takes the next bytes, and gives every token that ends in them. */
  scan(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) at = this.#step(chunk, at)
    this.#offset += chunk.length
  }

  /** Fails where the bytes end inside a token. */
  end(): void {
    if (this.#state === 'word') this.#endWord(0)
    if (this.#state !== 'between') throw this.#fail('it is cut off inside a text')
  }

  #step(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case 'between':
        return this.#between(chunk, at)
      case 'word':
        return this.#word(chunk, at)
      case 'text':
        return this.#text(chunk, at)
      case 'escape':
        this.#keep(chunk.subarray(at, at + 1))
        this.#state = 'text'
        return at + 1
    }
  }

  #between(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? space
    if (spaces.has(byte)) return at + 1
    if (marks.has(byte)) {
      this.#take({ kind: 'mark', mark: String.fromCharCode(byte) })
      return at + 1
    }
    if (byte === quote) {
      this.#state = 'text'
      return at + 1
    }
    if (!wordByte.test(String.fromCharCode(byte))) throw this.#noJson(at)
    this.#state = 'word'
    return at
  }

  #word(chunk: Buffer, from: number): number {
    let end = from
    while (end < chunk.length && wordByte.test(String.fromCharCode(chunk[end] ?? space))) end += 1
    this.#keep(chunk.subarray(from, end))
    if (this.#size > longestWord) throw this.#noJson(from)
    if (end < chunk.length) this.#endWord(end)
    return end
  }

  #endWord(at: number): void {
    const text = this.#taken().toString('latin1')
    if (!word.test(text)) throw this.#noJson(at)
    this.#state = 'between'
    this.#take({ kind: 'word', word: text })
  }

  #text(chunk: Buffer, from: number): number {
    let end = from
    for (; end < chunk.length; end += 1) {
      const byte = chunk[end] ?? 0
      if (byte === quote || byte === backslash) break
      if (byte < space) throw this.#noJson(end)
    }
    if (chunk[end] === backslash) {
      this.#keep(chunk.subarray(from, end + 1))
      this.#hasEscapes = true
      this.#state = 'escape'
    } else {
      this.#keep(chunk.subarray(from, end))
      if (end < chunk.length) this.#endText(end)
    }
    return end + 1
  }

  #endText(at: number): void {
    const [isTooLong, hasEscapes] = [this.#size > mostTextBytes, this.#hasEscapes]
    const bytes = this.#taken()
    this.#state = 'between'
    this.#hasEscapes = false
    if (isTooLong) this.#take({ kind: 'text', value: { unreadable: 'too-long' } })
    else this.#take({ kind: 'text', value: hasEscapes ? this.#unescaped(bytes, at) : readValue(bytes) })
  }

  #unescaped(bytes: Buffer, at: number): string | Unreadable {
    if (!isUtf8(bytes)) return { unreadable: 'not-utf8' }
    try {
      return readValue(String(JSON.parse(`"${bytes.toString('utf8')}"`)))
    } catch {
      throw this.#noJson(at)
    }
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return
    this.#size += part.length
    if (this.#size <= mostTextBytes) this.#parts.push(part)
    else this.#parts = []
  }

  #taken(): Buffer {
    const bytes = Buffer.concat(this.#parts)
    this.#parts = []
    this.#size = 0
    return bytes
  }

  #noJson(at: number): Error {
    return this.#fail(
      `it is no JSON at byte ${this.#offset + at}; expected JSON, and a login or error page (HTML) is none`,
    )
  }
}
