import type { Finding } from '../../model/finding.ts'
import { errorAt, nameOf, type Catalog } from '../catalog.ts'
import type { ReadDocument } from '../document.ts'

/** No two documents of a kind (in a VO) have the same name, ignoring case. */
export function duplicateNames(catalog: Catalog): Finding[] {
  const findings: Finding[] = []
  const seen = new Map<string, ReadDocument>()
  for (const entry of catalog.all) {
    const { kind, vo, name } = nameOf(entry.document)
    if (kind === 'Instance') continue
    const key = `${kind} ${vo ?? ''}/${name}`.toLowerCase()
    const first = seen.get(key)
    if (first === undefined) seen.set(key, entry)
    else findings.push(duplicate(entry, first))
  }
  return findings
}

function duplicate(entry: ReadDocument, first: ReadDocument): Finding {
  const { kind, name } = nameOf(entry.document)
  const other = first.document.metadata.name
  const spelled = other === name ? '' : `, spelled "${other}"`
  const message = `${kind} "${name}" is declared at ${first.at.file}:${first.at.line} too${spelled}; names are unique ignoring case`
  return errorAt(entry, { code: 'duplicate', message, path: ['metadata', 'name'] })
}
