import type { Finding } from '../../model/finding.ts'
import { unknownAt, type Catalog, type Entry } from '../catalog.ts'
import type { Path } from '../document.ts'

interface Mention {
  readonly service: string
  readonly path: Path
  readonly on?: 'key'
}

/** Every service that is named is declared; offers and destinations name services of their facility. */
export function unknownServices(catalog: Catalog): Finding[] {
  const known = catalog.names('Service')
  const names = new Set(known)
  const resources = catalog.of('Resource').flatMap((entry) =>
    named(entry.document.spec.services, ['spec', 'services'])
      .filter(({ service }) => !names.has(service))
      .map(({ service, path }) => unknownAt(entry, { path, what: 'service', name: service, known })),
  )
  const facilities = catalog.of('Facility').flatMap((entry) => [
    ...Object.keys(entry.document.spec.services ?? {})
      .filter((service) => !names.has(service))
      .map((service) =>
        unknownAt(entry, { path: ['spec', 'services', service], on: 'key', what: 'service', name: service, known }),
      ),
    ...notOfFacility(entry),
  ])
  return [...resources, ...facilities]
}

function notOfFacility(entry: Entry<'Facility'>): Finding[] {
  const { services, offers, destinations } = entry.document.spec
  const here = Object.keys(services ?? {})
  const mentions = [
    ...(offers ?? []).flatMap((offer, index) => named(offer.services, ['spec', 'offers', index, 'services'])),
    ...(destinations ?? []).flatMap((to, index) => named(to.services, ['spec', 'destinations', index, 'services'])),
  ]
  const within = `facility "${entry.document.metadata.name}"`
  return mentions
    .filter(({ service }) => !here.includes(service))
    .map(({ service, path }) => unknownAt(entry, { path, what: 'service', within, name: service, known: here }))
}

function named(services: readonly string[] | undefined, path: Path): Mention[] {
  return (services ?? []).map((service, index) => ({ service, path: [...path, index] }))
}
