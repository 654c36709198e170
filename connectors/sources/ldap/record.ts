import type { SourceRecord, UnreadableReason } from '../../source.ts'
import type { Field, LdapEntry } from './entry.ts'
import type { GroupNames } from './groups.ts'

/** Which attributes records have, and how they are written. */
export interface Naming {
  /** As they were asked for; the directory may write them otherwise. */
  readonly wished: readonly string[]
  /** What the read needs for itself. */
  readonly unwished: readonly string[]
  readonly withDn: boolean
}

/** Makes records of entries, with the groups of the person where the source gives them. */
export function recordMaker(naming: Naming): (entry: LdapEntry, groups?: GroupNames) => SourceRecord {
  const spelling = new Map(naming.wished.map((name) => [name.toLowerCase(), name]))
  const left = new Set(naming.unwished.map((name) => name.toLowerCase()))
  return (entry, groups) => {
    const fields = new Map<string, readonly string[]>()
    const unreadable = new Map<string, UnreadableReason>()
    for (const field of fieldsOf(entry, naming.withDn)) {
      const key = field.name.toLowerCase()
      const name = spelling.get(key) ?? field.name
      if (left.has(key)) continue
      if (field.unreadable !== undefined) unreadable.set(name, field.unreadable)
      else if (field.values.length > 0) fields.set(name, field.values)
    }
    if (groups !== undefined && 'unreadable' in groups) unreadable.set('groups', groups.unreadable)
    else if (groups !== undefined) fields.set('groups', groups)
    return {
      fields: Object.fromEntries(fields),
      ...(unreadable.size > 0 && { unreadable: Object.fromEntries(unreadable) }),
    }
  }
}

function fieldsOf({ dn, unreadable, fields }: LdapEntry, withDn: boolean): readonly Field[] {
  const attributes = [...fields.values()]
  if (!withDn) return attributes
  return [...attributes, { name: 'dn', values: [dn], ...(unreadable !== undefined && { unreadable }) }]
}
