import type { SourceRecord } from '../../source.ts'
import { readValue, recordOf } from '../../source-records.ts'
import type { Unreadable } from '../../source-records.ts'
import type { Mapping } from './mapping.ts'

const deepest = 100
const mostValues = 10_000

/** Makes records of the elements it hears of, as they end. */
export class ElementCollector {
  readonly #mapping: Mapping
  readonly #fail: (reason: string) => Error
  /** The names of the open elements, and the text of each whose text is asked for. */
  readonly #names: string[] = []
  readonly #texts: (string | undefined)[] = []
  #ready: SourceRecord[] = []
  #values: [string, string | Unreadable][] = []
  #seen = 0
  #isListSeen = false
  #promised: string | undefined

  constructor(mapping: Mapping, fail: (reason: string) => Error) {
    this.#mapping = mapping
    this.#fail = fail
  }

  /** The records that were finished since the last call. */
  takeReady(): readonly SourceRecord[] {
    const ready = this.#ready
    this.#ready = []
    return ready
  }

  opened(qualified: string, attributes: Readonly<Record<string, string>>): void {
    this.#names.push(localName(qualified))
    if (this.#names.length > deepest) throw this.#fail(`it is nested deeper than ${deepest} levels`)
    this.#requireRoot()
    const { record, count, texts } = this.#mapping
    if (this.#isAt(record.slice(0, -1))) this.#isListSeen = true
    if (count !== undefined && this.#isAt(count.element)) this.#promised = attributeOf(attributes, count.attribute)
    const path = this.#pathInRecord()
    this.#texts.push(path !== undefined && texts.has(path) ? '' : undefined)
    if (path !== undefined) this.#sawAttributes(path, attributes)
  }

  said(text: string): void {
    const last = this.#texts.length - 1
    const before = this.#texts[last]
    if (before !== undefined) this.#texts[last] = before + text
  }

  closed(): void {
    const path = this.#pathInRecord()
    const text = this.#texts.pop()
    if (path !== undefined && text !== undefined) {
      for (const field of this.#mapping.texts.get(path) ?? []) this.#add(field, text)
    }
    this.#names.pop()
    if (path !== '') return
    this.#ready.push(recordOf(this.#values))
    this.#values = []
    this.#seen += 1
  }

  /** Fails where the text had no list of records, or another number of them than it says. */
  end(): void {
    const { record, count } = this.#mapping
    const list = `/${record.slice(0, -1).join('/')}`
    if (!this.#isListSeen && record.length > 1) throw this.#fail(`it has no element ${list}`)
    if (count === undefined || this.#promised === String(this.#seen)) return
    const place = `/${count.element.join('/')}/@${count.attribute}`
    throw this.#fail(`it has ${this.#seen} records, and its ${place} says ${this.#promised ?? 'nothing'}`)
  }

  #requireRoot(): void {
    const [root] = this.#mapping.record
    if (this.#names.length > 1 || this.#names[0] === root) return
    throw this.#fail(`its root is not the element ${root ?? ''}; a login or error page (HTML) is no list of people`)
  }

  #sawAttributes(path: string, attributes: Readonly<Record<string, string>>): void {
    for (const [qualified, value] of Object.entries(attributes)) {
      if (isNamespace(qualified)) continue
      for (const field of this.#mapping.attributes.get(`${path}@${localName(qualified)}`) ?? []) this.#add(field, value)
    }
  }

  /** What stands for bytes that were no UTF-8 is no value, whoever put it there. */
  #add(field: string, raw: string): void {
    const value = readValue(raw.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ''))
    const isLost = typeof value === 'string' && value.includes('\ufffd')
    this.#values.push([field, isLost ? { unreadable: 'not-utf8' } : value])
    if (this.#values.length > mostValues)
      throw this.#fail(`record ${this.#seen + 1} has more than ${mostValues} values`)
  }

  /** Undefined outside of a record, and empty for the record itself. */
  #pathInRecord(): string | undefined {
    const { record } = this.#mapping
    if (!record.every((each, index) => this.#names[index] === each)) return undefined
    return this.#names.slice(record.length).join('/')
  }

  #isAt(path: readonly string[]): boolean {
    return this.#names.length === path.length && path.every((each, index) => this.#names[index] === each)
  }
}

function attributeOf(attributes: Readonly<Record<string, string>>, wanted: string): string | undefined {
  return Object.entries(attributes).find(([name]) => !isNamespace(name) && localName(name) === wanted)?.[1]
}

/** Says what a prefix means, and nothing of the element. */
function isNamespace(qualified: string): boolean {
  return qualified === 'xmlns' || qualified.startsWith('xmlns:')
}

function localName(qualified: string): string {
  return qualified.slice(qualified.indexOf(':') + 1)
}
