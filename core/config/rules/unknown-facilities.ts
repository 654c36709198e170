import type { Finding } from '../../model/finding.ts'
import { unknownAt, type Catalog } from '../catalog.ts'

/** The facility of every resource is declared. */
export function unknownFacilities(catalog: Catalog): Finding[] {
  const known = catalog.names('Facility')
  return catalog
    .of('Resource')
    .filter((entry) => !catalog.has({ kind: 'Facility', name: entry.document.spec.facility }))
    .map((entry) =>
      unknownAt(entry, { path: ['spec', 'facility'], what: 'facility', name: entry.document.spec.facility, known }),
    )
}
