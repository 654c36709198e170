import type { Finding } from '../../model/finding.ts'
import { errorAt, type Catalog } from '../catalog.ts'
import { parentOf } from '../references.ts'
import { didYouMean } from '../../model/nearest.ts'

/** The group that a group lies in exists. */
export function missingParents(catalog: Catalog): Finding[] {
  return catalog.of('Group').flatMap((entry): Finding[] => {
    const { vo = '', name } = entry.document.metadata
    const parent = parentOf(name)
    if (parent === undefined || catalog.has({ kind: 'Group', vo, name: parent })) return []
    const hint = didYouMean(parent, catalog.names('Group', vo))
    const message = `there is no group "${parent}" in VO "${vo}" that "${name}" could lie in${hint}`
    return [errorAt(entry, { code: 'reference-unknown', message, path: ['metadata', 'name'] })]
  })
}
