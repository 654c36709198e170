import type { Finding } from '../../model/finding.ts'
import { errorAt, type Catalog, type Entry } from '../catalog.ts'

/** No identity belongs to two User documents. */
export function duplicateIdentities(catalog: Catalog): Finding[] {
  const findings: Finding[] = []
  const owners = new Map<string, Entry<'User'>>()
  for (const entry of catalog.of('User')) {
    for (const [index, identity] of entry.document.spec.identities.entries()) {
      const owner = owners.get(identity)
      if (owner === undefined) {
        owners.set(identity, entry)
        continue
      }
      const message = `the identity "${identity}" stands in User "${owner.document.metadata.name}" at ${owner.at.file}:${owner.at.line} too; an identity has one user`
      findings.push(errorAt(entry, { code: 'duplicate', message, path: ['spec', 'identities', index] }))
    }
  }
  return findings
}
