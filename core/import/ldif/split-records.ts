/** A line with what goes on from it on the next ones, in characters of Latin-1 that stand for its bytes. */
export interface LogicalLine {
  readonly text: string
  /** The number of the first of these lines. */
  readonly line: number
}

/**
 * Cuts LDIF that comes in pieces into records: blank lines part them, comments go, and a line that begins with a space goes on with the
 * one before.
 */
export class RecordSplitter {
  #rest = ''
  #lines = 0
  #parts: string[] = []
  #begun = 0
  #record: LogicalLine[] = []
  #records: LogicalLine[][] = []

  /** The records that are whole with this piece, which begins where the one before ended. */
  add(latin1: string): LogicalLine[][] {
    const lines = latin1.split('\n')
    lines[0] = this.#rest + (lines[0] ?? '')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#take(line)
    return this.#taken()
  }

  /** The last record. */
  end(): LogicalLine[][] {
    if (this.#rest !== '') this.#take(this.#rest)
    this.#rest = ''
    this.#take('')
    return this.#taken()
  }

  #take(raw: string): void {
    this.#lines += 1
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (line.startsWith(' ') && this.#parts.length > 0) {
      this.#parts.push(line.slice(1))
      return
    }
    this.#endLine()
    if (line !== '') {
      this.#begun = this.#lines
      this.#parts = [line]
      return
    }
    if (this.#record.length > 0) this.#records.push(this.#record)
    this.#record = []
  }

  #endLine(): void {
    const text = this.#parts.length === 1 ? (this.#parts[0] ?? '') : this.#parts.join('')
    if (this.#parts.length > 0 && !text.startsWith('#')) this.#record.push({ text, line: this.#begun })
    this.#parts = []
  }

  #taken(): LogicalLine[][] {
    const taken = this.#records
    this.#records = []
    return taken
  }
}
