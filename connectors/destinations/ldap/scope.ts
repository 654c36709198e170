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
export function comparable(values: Values, scope: Scope): Comparable {
  const result = new Map<string, ReadonlyMap<string, string>>()
  for (const [name, written] of values) {
    if (!scope.attributes.has(name)) continue
    const those = new Map(written.map((value) => [canonical(name, value), value]))
    for (const key of those.keys()) if (!isCompared(name, key, scope)) those.delete(key)
    if (those.size > 0) result.set(name, those)
  }
  return result
}

/** Tells in a few characters whether what is compared of entries is the same. */
export function digestOf(values: Values, scope: Scope): string {
  let text = ''
  for (const name of [...values.keys()].sort()) {
    if (!scope.attributes.has(name)) continue
    const those = comparedValues(name, values.get(name) ?? [], scope)
    if (those.length > 0) text += `${name} ${those.length}\n`
    for (const value of those) text += `${value.length} ${value}\n`
  }
  return createHash('sha256').update(text).digest().toString('latin1', 0, digestLength)
}

/** In bytes. */
const digestLength = 16

function comparedValues(name: string, written: readonly string[], scope: Scope): readonly string[] {
  const isPlain = name !== 'objectclass' && !named.has(name) && name !== scope.mark.attribute
  if (isPlain) return written.length > 1 ? [...written].sort() : written
  const keys = new Set(written.map((value) => canonical(name, value)))
  return [...keys].filter((key) => isCompared(name, key, scope)).sort()
}

function isCompared(name: string, key: string, { classes, mark }: Scope): boolean {
  if (name === 'objectclass') return classes.has(key)
  return name !== mark.attribute || key !== mark.value
}

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
