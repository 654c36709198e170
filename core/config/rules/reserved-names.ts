import type { Finding } from '../../model/finding.ts'
import { errorAt, type Catalog, type Entry } from '../catalog.ts'
import { membersGroup } from '../references.ts'

const entitlementWords = new Set(['group', 'res', 'act'])

/** No group or VO has a name that entitlements give another meaning, and no group is declared that every VO has anyway. */
export function reservedNames(catalog: Catalog): Finding[] {
  return [...catalog.of('VO'), ...catalog.of('Group')].flatMap(reservedName)
}

function reservedName(entry: Entry<'VO'> | Entry<'Group'>): Finding[] {
  const { name } = entry.document.metadata
  const path = ['metadata', 'name']
  const word = name.split(':').find((part) => entitlementWords.has(part))
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
