import { isUtf8 } from 'node:buffer'
import { longestValue } from './source.ts'
import type { SourceRecord, UnreadableReason } from './source.ts'

/** Stands in the place of a value that could not be read. */
export interface Unreadable {
  readonly unreadable: UnreadableReason
}

/** No text of fewer characters than a value may have takes more bytes. */
export const mostValueBytes = longestValue * 4

/** Pages are cut earlier where values are long, so that one page is never much to hold. */
const mostPageCharacters = 4_000_000
const mostPageRecords = 1_000
const loneSurrogate = /\p{Surrogate}/u

/** Gives a value as records carry it, or says why that cannot be. */
export function readValue(value: string | Uint8Array): string | Unreadable {
  if (typeof value === 'string') return checked(value)
  if (value.byteLength > mostValueBytes) return { unreadable: 'too-long' }
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('utf8')
  return text.includes('\ufffd') && !isUtf8(value) ? { unreadable: 'not-utf8' } : checked(text)
}

/**
 * Makes a record of fields and their values, in this order. An empty text is no value. A field with one value that cannot be read
 * is unreadable as a whole.
 */
export function recordOf(values: Iterable<readonly [field: string, value: string | Unreadable]>): SourceRecord {
  const fields = new Map<string, string[]>()
  const unreadable = new Map<string, UnreadableReason>()
  for (const [field, value] of values) {
    if (value === '') continue
    if (typeof value !== 'string') unreadable.set(field, value.unreadable)
    else {
      const others = fields.get(field)
      if (others === undefined) fields.set(field, [value])
      else others.push(value)
    }
  }
  if (unreadable.size === 0) return { fields: Object.fromEntries(fields) }
  for (const field of unreadable.keys()) fields.delete(field)
  return { fields: Object.fromEntries(fields), unreadable: Object.fromEntries(unreadable) }
}

/** Cuts a stream of records, given in any portions, into pages; returns how many there were. */
export async function* pagesOf(
  portions: AsyncIterable<readonly SourceRecord[]>,
): AsyncGenerator<readonly SourceRecord[], number> {
  let page: SourceRecord[] = []
  let characters = 0
  let count = 0
  for await (const portion of portions) {
    for (const record of portion) {
      page.push(record)
      characters += lengthOf(record)
      count += 1
      if (page.length < mostPageRecords && characters < mostPageCharacters) continue
      yield page
      page = []
      characters = 0
    }
  }
  if (page.length > 0) yield page
  return count
}

function checked(text: string): string | Unreadable {
  if (text.length > longestValue) return { unreadable: 'too-long' }
  if (text.includes('\0')) return { unreadable: 'nul' }
  return loneSurrogate.test(text) ? { unreadable: 'not-utf8' } : text
}

function lengthOf({ fields }: SourceRecord): number {
  let length = 0
  for (const values of Object.values(fields)) for (const value of values) length += value.length
  return length
}
