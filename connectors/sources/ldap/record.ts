import type { SourceRecord, UnreadableReason } from '../../source.ts'
import type { LdapEntry } from './entry.ts'

/** Which attributes records have, and how they are written. */
export interface Naming {
  /** As they were asked for; the directory may write them otherwise. */
  readonly wished: readonly string[]
  /** What the read needs for itself. */
  readonly unwished: readonly string[]
}

/** Makes records of entries, with the groups of the person where the source gives them. */
export function recordMaker({
  wished,
  unwished,
}: Naming): (entry: LdapEntry, groups?: readonly string[]) => SourceRecord {
  const spelling = new Map(wished.map((name) => [name.toLowerCase(), name]))
  const left = new Set(unwished.map((name) => name.toLowerCase()))
  return (entry, groups) => {
    const fields = new Map<string, readonly string[]>()
    const unreadable = new Map<string, UnreadableReason>()
    for (const [key, field] of entry.fields) {
      if (left.has(key)) continue
      const name = spelling.get(key) ?? field.name
      if (field.unreadable !== undefined) unreadable.set(name, field.unreadable)
      else if (field.values.length > 0) fields.set(name, field.values)
    }
    if (entry.dn.includes(unlikeUtf8)) unreadable.set('dn', 'not-utf8')
    else fields.set('dn', [entry.dn])
    if (groups !== undefined) fields.set('groups', groups)
    return {
      fields: Object.fromEntries(fields),
      ...(unreadable.size > 0 && { unreadable: Object.fromEntries(unreadable) }),
    }
  }
}

/** What ldapts makes of bytes in a name that are not UTF-8. */
const unlikeUtf8 = '\ufffd'
