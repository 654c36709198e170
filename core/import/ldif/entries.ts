import { sayUnreadable } from '../cell.ts'
import { noteOfPlace, type Notes } from '../imported.ts'
import type { LdifEntry, LdifValue } from './parse-ldif.ts'

/** An entry whose name was read. */
export interface NamedEntry {
  readonly entry: LdifEntry
  /** As it is written. */
  readonly dn: string
  /** The same for all ways to write the name. */
  readonly key: string
  readonly classes: ReadonlySet<string>
}

/** Names entries, each once; what is no entry with a name of its own is left out. */
export function nameEntries(
  entries: readonly LdifEntry[],
  keyOf: (dn: string) => string,
  { leftOut }: Notes,
): ReadonlyMap<string, NamedEntry> {
  const named = new Map<string, NamedEntry>()
  for (const entry of entries) {
    const { dn } = entry
    if (dn === '') continue
    if (typeof dn !== 'string') {
      leftOut.push(noteOfPlace(entry, 'the entry', `of its name: ${sayUnreadable(dn)}`))
      continue
    }
    for (const { line, name, why } of entry.faults)
      leftOut.push(noteOfPlace({ ...entry, line }, `${name} of ${dn}`, why))
    const key = keyOf(dn)
    const other = named.get(key)
    if (other !== undefined) {
      const place = `${other.entry.file}:${other.entry.line}`
      leftOut.push(noteOfPlace(entry, dn, `an entry of this name stands at ${place} already`))
      continue
    }
    named.set(key, { entry, dn, key, classes: new Set(textsOf(entry, 'objectclass').map((one) => one.toLowerCase())) })
  }
  return named
}

/** The values of an attribute that can be read. */
export function textsOf({ values }: LdifEntry, name: string): string[] {
  return (values.get(name) ?? []).flatMap(({ value }) => (typeof value === 'string' && value !== '' ? [value] : []))
}

/** The values of an attribute with their lines; what cannot be read is left out. */
export function valuesOf(
  entry: LdifEntry,
  name: string,
  tell: (line: number, why: string) => void,
): (LdifValue & { readonly value: string })[] {
  return (entry.values.get(name) ?? []).flatMap(({ value, line }) => {
    if (value === '') return []
    if (typeof value === 'string') return [{ value, line }]
    tell(line, sayUnreadable(value))
    return []
  })
}
