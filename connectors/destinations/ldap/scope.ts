import { createHash } from 'node:crypto'
import { formatDn, parseDn } from '../../ldap/dn.ts'
import { textOf } from '../../ldap/utf8.ts'
import type { Values } from '../../ldap/read-ldif.ts'

/** What of an entry that has the mark is ours; everything else is left to others. Names and object classes are in small letters. */
export interface Scope {
  readonly attributes: ReadonlySet<string>
  readonly classes: ReadonlySet<string>
  /** An attribute, and the value of it by which an entry is ours. */
  readonly mark: { readonly attribute: string; readonly value: string }
}

/** Values by what they are compared by, each with how it is written. */
export type Comparable = ReadonlyMap<string, ReadonlyMap<string, string>>

/** What of the values of an entry is compared: those in our scope, without the mark. */
export function comparable(values: Values, { attributes, classes, mark }: Scope): Comparable {
  const result = new Map<string, ReadonlyMap<string, string>>()
  for (const [name, written] of values) {
    if (!attributes.has(name)) continue
    const those = new Map(written.map((value) => [canonical(name, value), value]))
    if (name === mark.attribute) those.delete(mark.value)
    if (name === 'objectclass') for (const key of those.keys()) if (!classes.has(key)) those.delete(key)
    if (those.size > 0) result.set(name, those)
  }
  return result
}

/** Tells whether values are the same, in a few characters. */
export function digestOf(values: Comparable): string {
  const hash = createHash('sha256')
  for (const name of [...values.keys()].sort()) {
    const those = [...(values.get(name)?.keys() ?? [])].sort()
    hash.update(`${name}:${those.length}\n${those.map((value) => `${value.length}:`).join('')}\n`)
    hash.update(those.join(''), 'latin1')
  }
  return hash.digest().toString('latin1', 0, digestLength)
}

/** In bytes. */
const digestLength = 16

/** What the standards have with the syntax of a name (RFC 4519, 4524, 2798): directories write names their own way. */
const named: ReadonlySet<string> = new Set([
  ...['member', 'uniquemember', 'owner', 'roleoccupant', 'seealso', 'manager', 'secretary', 'documentauthor'],
  ...['associatedname', 'distinguishedname', 'aliasedobjectname'],
])

function canonical(name: string, octets: string): string {
  if (name === 'objectclass') return octets.toLowerCase()
  if (!named.has(name) || plainName.test(octets)) return octets
  const text = textOf(Buffer.from(octets, 'latin1'))
  if (text === undefined) return octets
  try {
    return Buffer.from(formatDn(parseDn(text, () => unlike).map(smallTypes))).toString('latin1')
  } catch (error) {
    if (error !== unlike) throw error
    return octets
  }
}

const unlike = new Error('not a distinguished name')

/** A name that cannot be written in another way. */
const plainName = /^(?:(?:^|,)[a-z][a-z0-9-]*=[A-Za-z0-9@._-]+)+$/

function smallTypes<Part extends { readonly type: string }>(parts: readonly Part[]): readonly Part[] {
  return parts.map((part) => ({ ...part, type: part.type.toLowerCase() }))
}
