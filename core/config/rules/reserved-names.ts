import type { Finding } from '../../model/finding.ts'
import { errorAt, type Catalog, type Entry } from '../catalog.ts'
import { membersGroup, systemSource } from '../references.ts'

/** Parts of names that have a meaning of their own in entitlements. */
export const reservedWords: ReadonlySet<string> = new Set(['group', 'res', 'act'])

/**
 * No group or VO has a name that entitlements give another meaning, no group is declared that every VO has anyway, and no source has
 * people who would be taken for the system's own users.
 */
export function reservedNames(catalog: Catalog): Finding[] {
  return [
    ...[...catalog.of('VO'), ...catalog.of('Group')].flatMap(reservedName),
    ...catalog.of('Source').flatMap(ofSystem),
  ]
}

function ofSystem(entry: Entry<'Source'>): Finding[] {
  const { name } = entry.document.metadata
  if (name.toLowerCase() !== systemSource) return []
  const message = `the system's own users act as "${systemSource}/<user>" and may do everything; choose another name than "${name}"`
  return [errorAt(entry, { code: 'name-unsafe', message, path: ['metadata', 'name'] })]
}

function reservedName(entry: Entry<'VO'> | Entry<'Group'>): Finding[] {
  const { name } = entry.document.metadata
  const path = ['metadata', 'name']
  const word = name.split(':').find((part) => reservedWords.has(part))
  if (word !== undefined) {
    const message = `"${word}" has a meaning of its own in entitlements and cannot be part of the name "${name}"; choose another`
    return [errorAt(entry, { code: 'name-unsafe', message, path })]
  }
  if (entry.document.kind === 'Group' && name.toLowerCase() === membersGroup) {
    const message = 'every VO has the group "members" with all its members; choose another name'
    return [errorAt(entry, { code: 'name-unsafe', message, path })]
  }
  return []
}
