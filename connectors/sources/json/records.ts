import type { SourceRecord } from '../../source.ts'
import { recordOf } from '../../source-records.ts'
import type { Unreadable } from '../../source-records.ts'
import type { Listener, Place } from './grammar.ts'

/** Where in the text the list of records stands, and the number of them, if it is told. */
export interface Layout {
  /** The keys that lead to the list; none where the text is the list. */
  readonly records: readonly string[]
  readonly count: readonly string[] | undefined
}

const mostValues = 10_000
const mostCharacters = 16_777_216

/** Makes flat records of what a JSON text says: `a.b` of nested objects, several values of lists. */
export class RecordCollector implements Listener {
  readonly #layout: Layout
  readonly #fail: (reason: string) => Error
  #ready: SourceRecord[] = []
  #values: [string, string | Unreadable][] = []
  #characters = 0
  #state: 'before' | 'list' | 'record' | 'after' = 'before'
  #seen = 0
  #promised: string | undefined

  constructor(layout: Layout, fail: (reason: string) => Error) {
    this.#layout = layout
    this.#fail = fail
  }

  /** The records that were finished since the last call. */
  takeReady(): readonly SourceRecord[] {
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  /** Fails where the text had no list of records, or another number of them than it says. */
  end(): void {
    const { records, count } = this.#layout
    if (this.#state !== 'after') {
      throw this.#fail(records.length === 0 ? 'it is no list' : `it has no list at "${records.join('.')}"`)
    }
    if (count === undefined || this.#promised === String(this.#seen)) return
    throw this.#fail(`it has ${this.#seen} records, and "${count.join('.')}" in it says ${this.#promised ?? 'nothing'}`)
  }

  opened(kind: 'object' | 'list', place: Place): void {
    if (this.#state === 'before' && kind === 'list' && isAt(place, this.#layout.records)) this.#state = 'list'
    else if (this.#state === 'list') {
      if (kind !== 'object') throw this.#noObject()
      this.#state = 'record'
    }
  }

  closed(kind: 'object' | 'list', place: Place): void {
    const depth = place.keys.length - this.#layout.records.length
    if (this.#state === 'list' && kind === 'list' && depth === 0) this.#state = 'after'
    if (this.#state !== 'record' || depth !== 1) return
    this.#ready.push(recordOf(this.#values))
    this.#values = []
    this.#characters = 0
    this.#seen += 1
    this.#state = 'list'
  }

  said(value: string | Unreadable | undefined, place: Place): void {
    if (this.#state === 'list') throw this.#noObject()
    if (this.#state === 'record') this.#sawField(value, place)
    else if (this.#layout.count !== undefined && typeof value === 'string' && isAt(place, this.#layout.count)) {
      this.#promised = value
    }
  }

  #sawField(value: string | Unreadable | undefined, { keys }: Place): void {
    if (value === undefined) return
    const field = keys.slice(this.#layout.records.length + 1).filter((key) => key !== undefined)
    this.#values.push([field.join('.'), value])
    this.#characters += typeof value === 'string' ? value.length : 0
    if (this.#values.length <= mostValues && this.#characters <= mostCharacters) return
    throw this.#fail(`record ${this.#seen + 1} has more than ${mostValues} values or ${mostCharacters} characters`)
  }

  #noObject(): Error {
    return this.#fail(`entry ${this.#seen + 1} of its list is no object`)
  }
}

function isAt({ keys }: Place, path: readonly string[]): boolean {
  return keys.length === path.length && path.every((key, index) => keys[index] === key)
}
