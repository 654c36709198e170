import type { Unreadable } from '../../source-records.ts'
import type { Token } from './tokens.ts'

/** Hears what a JSON text says, in order; `keys` are those of the objects around, one for each, innermost last. */
export interface Listener {
  opened(kind: 'object' | 'list', place: Place): void
  closed(kind: 'object' | 'list', place: Place): void
  said(value: string | Unreadable | undefined, place: Place): void
}

/** Where a value stands. */
export interface Place {
  /** Of the containers around it, outermost first: the key in an object, undefined in a list. */
  readonly keys: readonly (string | undefined)[]
}

interface Container {
  readonly kind: 'object' | 'list'
  readonly seen: Set<string>
}

type Expected = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing'

const deepest = 100

/** Holds tokens to the grammar of JSON, and tells what they say. Numbers are texts, and `null` is undefined. */
export class Grammar {
  readonly #listener: Listener
  readonly #fail: (reason: string) => Error
  readonly #containers: Container[] = []
  readonly #keys: (string | undefined)[] = []
  #expected: Expected = 'value'

  constructor(listener: Listener, fail: (reason: string) => Error) {
    this.#listener = listener
    this.#fail = fail
  }

  /** Takes the next token. */
  take(token: Token): void {
    if (token.kind === 'mark') this.#mark(token.mark)
    else if (token.kind === 'word') this.#value(token.word === 'null' ? undefined : token.word)
    else if (this.#expected.startsWith('key')) this.#key(token.value)
    else this.#value(token.value)
  }

  /** Fails where the text is not at its end. */
  end(): void {
    if (this.#expected !== 'nothing') throw this.#fail('it is cut off: it ends before its last bracket')
  }

  #mark(mark: string): void {
    if (mark === '{') this.#open('object')
    else if (mark === '[') this.#open('list')
    else if (mark === '}') this.#close('object')
    else if (mark === ']') this.#close('list')
    else if (mark === ':') this.#pass('colon', 'value')
    else this.#pass('comma or end', this.#containers.at(-1)?.kind === 'object' ? 'key' : 'value')
  }

  #open(kind: 'object' | 'list'): void {
    this.#requireValue()
    this.#listener.opened(kind, { keys: this.#keys })
    this.#containers.push({ kind, seen: new Set() })
    this.#keys.push(undefined)
    if (this.#containers.length > deepest) throw this.#fail(`it is nested deeper than ${deepest} levels`)
    this.#expected = kind === 'object' ? 'key or end' : 'value or end'
  }

  #close(kind: 'object' | 'list'): void {
    const isExpected =
      this.#expected === 'comma or end' || this.#expected === (kind === 'object' ? 'key or end' : 'value or end')
    if (!isExpected || this.#containers.pop()?.kind !== kind) throw this.#misplaced()
    this.#keys.pop()
    this.#listener.closed(kind, { keys: this.#keys })
    this.#afterValue()
  }

  #key(key: string | Unreadable): void {
    if (typeof key !== 'string') throw this.#fail('the key of an object is no text that can be read')
    const seen = this.#containers.at(-1)?.seen
    if (seen?.has(key) === true) throw this.#fail(`an object has the key ${JSON.stringify(key.slice(0, 60))} twice`)
    seen?.add(key)
    this.#keys[this.#keys.length - 1] = key
    this.#expected = 'colon'
  }

  #value(value: string | Unreadable | undefined): void {
    this.#requireValue()
    this.#listener.said(value, { keys: this.#keys })
    this.#afterValue()
  }

  #requireValue(): void {
    if (!this.#expected.startsWith('value')) throw this.#misplaced()
  }

  #afterValue(): void {
    this.#expected = this.#containers.length === 0 ? 'nothing' : 'comma or end'
  }

  #pass(from: Expected, to: Expected): void {
    if (this.#expected !== from) throw this.#misplaced()
    this.#expected = to
  }

  #misplaced(): Error {
    return this.#fail(
      `it is no JSON: expected ${this.#expected}${this.#expected === 'nothing' ? ' after its end' : ''}`,
    )
  }
}
