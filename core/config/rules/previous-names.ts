import type { Finding } from '../../model/finding.ts'
import { errorAt, nameOf, type Catalog } from '../catalog.ts'
import type { ReadDocument } from '../document.ts'

/** A former name is claimed by one document. */
export function previousNames(catalog: Catalog): Finding[] {
  const claims = new Map<string, ReadDocument>()
  const findings: Finding[] = []
  for (const entry of catalog.all) {
    const { kind, vo, name } = nameOf(entry.document)
    for (const [index, former] of (entry.document.metadata.previously ?? []).entries()) {
      const key = `${kind} ${vo ?? ''}/${former}`
      const other = claims.get(key)
      claims.set(key, other ?? entry)
      if (other === undefined || other.document.metadata.name === name) continue
      const message = `${kind} "${other.document.metadata.name}" at ${other.at.file}:${other.at.line} claims the former name "${former}" too; leave it to one`
      findings.push(errorAt(entry, { code: 'previously-ambiguous', message, path: ['metadata', 'previously', index] }))
    }
  }
  return findings
}
