import type { Finding } from '../../model/finding.ts'
import { errorAt, unknownAt, type Catalog, type Entry } from '../catalog.ts'

const laterTypes = ['https', 'ldap', 'sql', 'scim', 'email', 'git']

/** Every destination has a type that there is, and options which that type takes. */
export function destinations(catalog: Catalog): Finding[] {
  return catalog.of('Facility').flatMap((entry) => destinationsOf(entry, catalog))
}

function destinationsOf(entry: Entry<'Facility'>, { surroundings }: Catalog): Finding[] {
  return (entry.document.spec.destinations ?? []).flatMap((destination, index): Finding[] => {
    const base = ['spec', 'destinations', index]
    const check = surroundings.destinationTypes.get(destination.type)
    if (check !== undefined) {
      const options = destination.options ?? {}
      return check(options).map(({ code, path, message }) => {
        const at = destination.options === undefined ? base : [...base, 'options', ...path]
        return errorAt(entry, { code: code ?? 'value-invalid', message, path: at })
      })
    }
    const path = [...base, 'type']
    if (laterTypes.includes(destination.type)) {
      const message = `destinations of type "${destination.type}" are not supported yet`
      return [errorAt(entry, { code: 'key-not-supported-yet', message, path })]
    }
    const known = [...surroundings.destinationTypes.keys()]
    return [unknownAt(entry, { path, what: 'destination type', name: destination.type, known })]
  })
}
