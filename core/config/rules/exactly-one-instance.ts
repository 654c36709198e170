import type { Finding } from '../../model/finding.ts'
import { errorAt, type Catalog } from '../catalog.ts'

/** There is exactly one Instance. */
export function exactlyOneInstance(catalog: Catalog): Finding[] {
  const [first, ...others] = catalog.of('Instance')
  if (first === undefined) {
    if (catalog.names('Instance').length > 0) return []
    const message = 'expected one document of kind Instance, found none'
    return [{ severity: 'error', code: 'reference-unknown', message, scope: 'instance' }]
  }
  return others.map((entry) => {
    const message = `there is another Instance at ${first.at.file}:${first.at.line}; there must be exactly one`
    return errorAt(entry, { code: 'duplicate', message, path: ['kind'] })
  })
}
