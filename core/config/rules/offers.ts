import type { Finding } from '../../model/finding.ts'
import { errorAt, warningAt, type Catalog } from '../catalog.ts'
import { isMisspelt, offerProblems } from '../offer.ts'

/** Warns at both documents where a resource lies outside what its facility offers. */
export function offersExceeded(catalog: Catalog): Finding[] {
  const { compileSchema } = catalog.surroundings
  return catalog.of('Resource').flatMap((entry) => {
    const { metadata, spec } = entry.document
    const facility = catalog.find('Facility', spec.facility)
    if (facility === undefined) return []
    const known = (facility.document.spec.offers ?? []).filter(({ vo }) => vo === metadata.vo).map(({ name }) => name)
    if (isMisspelt(spec.offer ?? '', known)) return []
    const problems = offerProblems({
      resource: { vo: metadata.vo ?? '', name: metadata.name, spec },
      facility: { name: spec.facility, spec: facility.document.spec },
      compileSchema,
    })
    return problems.flatMap(({ message, inResource, inFacility }) => [
      warningAt(entry, { code: 'offer-exceeded', message, path: inResource }),
      warningAt(facility, { code: 'offer-exceeded', message, path: inFacility }),
    ])
  })
}

/** Every constraint of an offer is a JSON Schema. */
export function offerSchemas(catalog: Catalog): Finding[] {
  return catalog.of('Facility').flatMap((entry) =>
    (entry.document.spec.offers ?? []).flatMap((offer, index) =>
      Object.entries(offer.attributes ?? {}).flatMap(([name, constraint]): Finding[] => {
        const check = catalog.surroundings.compileSchema(constraint)
        if (typeof check === 'function') return []
        const path = ['spec', 'offers', index, 'attributes', name, ...check.path]
        return [errorAt(entry, { code: 'value-invalid', message: check.message, path })]
      }),
    ),
  )
}
