import type { Finding } from '../../model/finding.ts'
import { errorAt, type Catalog } from '../catalog.ts'

/** Members stand in the document or in a file beside it, not in both; the file names nobody twice. */
export function membersNamedOnce(catalog: Catalog): Finding[] {
  return [...catalog.of('VO'), ...catalog.of('Group')].flatMap((entry): Finding[] => {
    const { spec } = entry.document
    if (spec.membersFrom === undefined) return []
    if (spec.members !== undefined) {
      const message = 'expected either members or membersFrom, got both'
      return [errorAt(entry, { code: 'value-invalid', message, path: ['spec', 'membersFrom'], on: 'key' })]
    }
    return []
  })
}
