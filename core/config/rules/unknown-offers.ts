import type { Finding } from '../../model/finding.ts'
import { unknownAt, type Catalog } from '../catalog.ts'
import { isMisspelt } from '../offer.ts'

/**
 * No resource misspells its offer. An offer that is not there at all is none: the facility may have withdrawn it, and the
 * resource then lies outside (a warning).
 */
export function unknownOffers(catalog: Catalog): Finding[] {
  return catalog.of('Resource').flatMap((entry): Finding[] => {
    const { facility, offer = '' } = entry.document.spec
    const offers = catalog.find('Facility', facility)?.document.spec.offers ?? []
    const known = offers.filter(({ vo }) => vo === entry.document.metadata.vo).map(({ name }) => name)
    if (!isMisspelt(offer, known)) return []
    return [
      unknownAt(entry, {
        path: ['spec', 'offer'],
        what: 'offer',
        within: `facility "${facility}"`,
        name: offer,
        known,
      }),
    ]
  })
}
