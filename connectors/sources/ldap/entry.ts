import type { SearchEntry } from 'ldapts'
import type { UnreadableReason } from '../../source.ts'
import { readValue } from '../../source-records.ts'

/** An attribute of an entry as text, or why it is none. */
export interface Field {
  /** As the directory writes it. */
  readonly name: string
  readonly values: readonly string[]
  readonly unreadable?: UnreadableReason
  /** The number of the next value, where the directory gave only the first ones. */
  readonly next?: number
}

/** An entry with its attributes by their names in lower case. */
export interface LdapEntry {
  readonly dn: string
  readonly fields: ReadonlyMap<string, Field>
}

/** Makes texts of an entry at once, so that of a value that is too long nothing is kept. */
export function readEntry(entry: SearchEntry): LdapEntry {
  const fields = entry.attributes.map(({ type, parsedBuffers }) => readField(type, parsedBuffers))
  return { dn: entry.name, fields: new Map(fields.map((field) => [field.name.toLowerCase(), field])) }
}

/** The attribute with the values that came later after those that were there. */
export function joinFields(first: Field, { values, unreadable = first.unreadable, next }: Field): Field {
  return {
    name: first.name,
    values: unreadable === undefined ? [...first.values, ...values] : [],
    ...(unreadable !== undefined && { unreadable }),
    ...(next !== undefined && { next }),
  }
}

const rangePattern = /^(.+?);range=\d+-(\d+|\*)$/i

function readField(type: string, bytes: readonly Buffer[]): Field {
  const [, name = type, last = '*'] = rangePattern.exec(type) ?? []
  const values: string[] = []
  const next = last === '*' ? undefined : { next: Number(last) + 1 }
  for (const one of bytes) {
    const read = readValue(one)
    if (typeof read !== 'string') return { name, values: [], unreadable: read.unreadable, ...next }
    values.push(read)
  }
  return { name, values, ...next }
}
