/** Makes the error for text that is not what it should be, of a phrase such as `expected ")" at character 7`. */
export type Refuse = (problem: string) => Error

/** A place in a text that is being read. */
export class Cursor {
  readonly #text: string
  readonly #refuse: Refuse
  #at = 0

  constructor(text: string, refuse: Refuse) {
    this.#text = text
    this.#refuse = refuse
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  /** The next character, empty at the end. */
  get next(): string {
    return this.#text.charAt(this.#at)
  }

  /** Takes what the sticky pattern matches here; nothing where it does not match. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at
    const found = pattern.exec(this.#text)?.[0]
    if (found !== undefined) this.#at += found.length
    return found
  }

  expect(pattern: RegExp, what: string): string {
    const found = this.take(pattern)
    if (found === undefined) throw this.problem(`expected ${what}`)
    return found
  }

  problem(phrase: string): Error {
    return this.#refuse(`${phrase} at ${this.isAtEnd ? 'its end' : `character ${this.#at + 1}`}`)
  }
}
