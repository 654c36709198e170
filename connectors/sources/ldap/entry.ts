import type { FoundEntry } from '../../ldap/answer.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import { leastValueBytes } from '../../ldap/limits.ts'
import type { UnreadableReason } from '../../source.ts'
import { readValue } from '../../source-records.ts'

/** An attribute of an entry as text, or why it is none. */
export interface Field {
  /** As the directory writes it. */
  readonly name: string
  readonly values: readonly string[]
  readonly unreadable?: UnreadableReason
  /** The number of the first value, where the directory gave only some. */
  readonly from?: number
  /** The number of the next value, where the directory did not give the last ones. */
  readonly next?: number
}

/** An entry with its attributes by their names in lower case. */
export interface LdapEntry {
  readonly dn: string
  /** Why the name is no text. */
  readonly unreadable?: UnreadableReason
  readonly fields: ReadonlyMap<string, Field>
}

/** Makes texts of an entry at once, so that of a value that is too long nothing is kept. */
export function readEntry({ name, attributes }: FoundEntry): LdapEntry {
  const fields = new Map<string, Field>()
  for (const { type, values } of attributes) {
    const field = readField(type, values)
    const key = field.name.toLowerCase()
    const other = fields.get(key)
    // Active Directory gives an attribute that it cuts a second time, without values.
    fields.set(key, other === undefined ? field : { ...other, ...field, ...joined(other, field) })
  }
  const dn = readValue(name)
  if (typeof dn === 'string') return { dn, fields }
  return { dn: name.toString('utf8', 0, longestShownDn), unreadable: dn.unreadable, fields }
}

/** About how many bytes an entry takes: its texts as they were sent, each no less than it takes to hold any. */
export function bytesOf({ dn, fields }: LdapEntry): number {
  let bytes = bytesOfTexts([dn])
  for (const { name, values } of fields.values()) bytes += bytesOfTexts([name]) + bytesOfTexts(values)
  return bytes
}

/** The attribute with the values that came later after those that were there. */
export function withLater(first: Field, later: Field): Field {
  return { name: first.name, ...joined(first, later), ...(later.next !== undefined && { next: later.next }) }
}

const longestShownDn = 200

function bytesOfTexts(texts: readonly string[]): number {
  let bytes = 0
  for (const text of texts) bytes += Math.max(leastValueBytes, Buffer.byteLength(text))
  return bytes
}

function joined(first: Field, later: Field): Pick<Field, 'unreadable' | 'values'> {
  const unreadable = first.unreadable ?? later.unreadable
  return unreadable === undefined ? { values: [...first.values, ...later.values] } : { values: [], unreadable }
}

function readField(type: string, bytes: readonly Buffer[]): Field {
  const named = type.includes(';') ? readOptions(type) : { name: type }
  const values: string[] = []
  for (const one of bytes) {
    const read = readValue(one)
    if (typeof read !== 'string') return { ...named, values: [], unreadable: read.unreadable }
    values.push(read)
  }
  return { ...named, values }
}

/** What stands behind the name of an attribute belongs to it, but for the range of the values that are given. */
function readOptions(type: string): Pick<Field, 'from' | 'name' | 'next'> {
  const parts = type.split(';')
  const range = parts.find((part) => /^range=/i.test(part))
  if (range === undefined) return { name: type }
  const [, from, last] = /^range=(\d{1,9})-(\d{1,9}|\*)$/i.exec(range) ?? []
  if (from === undefined || last === undefined)
    throw new LdapFailure('wrong', `it gave an attribute as ${JSON.stringify(type.slice(0, 100))}`)
  const name = parts.filter((part) => part !== range).join(';')
  return { name, from: Number(from), ...(last !== '*' && { next: Number(last) + 1 }) }
}
