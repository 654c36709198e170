import { mostValueBytes, readValue } from '../../source-records.ts'
import type { Unreadable } from '../../source-records.ts'

/** One row of a CSV file and the line it begins on. */
export interface Row {
  readonly cells: readonly (string | Unreadable)[]
  readonly line: number
}

const quote = 0x22
const lineFeed = 0x0a
const carriageReturn = 0x0d
const mostCells = 10_000
const mostRowBytes = 16_777_216

type CellKind = 'quoted' | 'plain' | 'last plain'
type State = 'start' | 'plain' | 'quoted' | 'after-quote' | 'after-return'

/** Splits bytes into rows as RFC 4180 has it; a line may end with a line feed alone, and empty lines are none. */
export class RowScanner {
  readonly #delimiter: number
  readonly #fail: (reason: string) => Error
  #state: State = 'start'
  #parts: Buffer[] = []
  #cellBytes = 0
  #rowBytes = 0
  #cells: (string | Unreadable)[] = []
  #rows: Row[] = []
  #line = 1
  #rowLine = 1

  constructor(delimiter: string, fail: (reason: string) => Error) {
    this.#delimiter = delimiter.charCodeAt(0)
    this.#fail = fail
  }

  /** Takes the next bytes and gives the rows that end in them. */
  scan(chunk: Buffer): readonly Row[] {
    let at = 0
    while (at < chunk.length) at = this.#step(chunk, at)
    const rows = this.#rows
    this.#rows = []
    return rows
  }

  /** Gives the row that no line feed ends, if there is one. */
  end(): Row | undefined {
    if (this.#state === 'quoted') throw this.#fail(`the quoted cell of line ${this.#rowLine} does not end`)
    if (this.#state === 'start' && this.#cells.length === 0) return undefined
    this.#endRow(this.#state === 'plain' ? 'last plain' : 'quoted')
    return this.#rows.pop()
  }

  #step(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case 'start':
        if (chunk[at] !== quote) return this.#plain(chunk, at)
        this.#state = 'quoted'
        return at + 1
      case 'plain':
        return this.#plain(chunk, at)
      case 'quoted':
        return this.#quoted(chunk, at)
      default:
        return this.#afterQuote(chunk, at)
    }
  }

  #plain(chunk: Buffer, from: number): number {
    let end = from
    while (end < chunk.length && chunk[end] !== this.#delimiter && chunk[end] !== lineFeed) end += 1
    this.#take(chunk.subarray(from, end))
    this.#state = 'plain'
    if (end === chunk.length) return end
    if (chunk[end] === lineFeed) this.#endRow('last plain')
    else this.#endCell('plain')
    return end + 1
  }

  #quoted(chunk: Buffer, from: number): number {
    const found = chunk.indexOf(quote, from)
    const end = found === -1 ? chunk.length : found
    const part = chunk.subarray(from, end)
    for (let at = part.indexOf(lineFeed); at !== -1; at = part.indexOf(lineFeed, at + 1)) this.#line += 1
    this.#take(part)
    if (found !== -1) this.#state = 'after-quote'
    return end + 1
  }

  #afterQuote(chunk: Buffer, at: number): number {
    const byte = chunk[at]
    if (byte === lineFeed) this.#endRow('quoted')
    else if (this.#state === 'after-return') throw this.#strayText()
    else if (byte === this.#delimiter) this.#endCell('quoted')
    else if (byte === carriageReturn) this.#state = 'after-return'
    else if (byte === quote) {
      this.#take(chunk.subarray(at, at + 1))
      this.#state = 'quoted'
    } else throw this.#strayText()
    return at + 1
  }

  #take(part: Buffer): void {
    if (part.length === 0) return
    this.#cellBytes += part.length
    if (this.#cellBytes <= mostValueBytes + 1) this.#parts.push(part)
    else this.#parts = []
  }

  #endCell(kind: CellKind): void {
    this.#cells.push(this.#cell(kind))
    this.#rowBytes += this.#cellBytes > mostValueBytes ? 0 : this.#cellBytes
    this.#parts = []
    this.#cellBytes = 0
    this.#state = 'start'
    if (this.#cells.length > mostCells || this.#rowBytes > mostRowBytes) {
      throw this.#fail(
        `the row of line ${this.#rowLine} is too long; see that its lines end and the delimiter is right`,
      )
    }
  }

  #cell(kind: CellKind): string | Unreadable {
    if (this.#cellBytes > mostValueBytes + 1) return { unreadable: 'too-long' }
    const [only = Buffer.alloc(0)] = this.#parts
    const bytes = this.#parts.length > 1 ? Buffer.concat(this.#parts) : only
    if (kind === 'quoted') return readValue(bytes)
    const text = kind === 'last plain' && bytes.at(-1) === carriageReturn ? bytes.subarray(0, -1) : bytes
    if (text.includes(carriageReturn)) throw this.#loneReturn()
    return readValue(text)
  }

  #endRow(kind: CellKind): void {
    this.#endCell(kind)
    if (this.#cells.length > 1 || this.#cells[0] !== '') this.#rows.push({ cells: this.#cells, line: this.#rowLine })
    this.#cells = []
    this.#rowBytes = 0
    this.#line += 1
    this.#rowLine = this.#line
  }

  #loneReturn(): Error {
    return this.#fail(
      `a carriage return stands alone in the row of line ${this.#rowLine}; end lines with a line feed, and quote cells of several lines`,
    )
  }

  #strayText(): Error {
    return this.#fail(`text follows a closing quote in the row of line ${this.#rowLine}`)
  }
}
