import type { Finding } from '../../model/finding.ts'
import { errorAt, unknownAt, warningAt, type Catalog } from '../catalog.ts'

/** The generator of services with `template`; no service names it. */
const templateGenerator = 'template'

/** Every service has one way to be made: a generator that there is, or templates. */
export function generators(catalog: Catalog): Finding[] {
  const known = [...catalog.surroundings.generators.keys()].filter((name) => name !== templateGenerator)
  return catalog.of('Service').flatMap((entry): Finding[] => {
    const { generator, template } = entry.document.spec
    if ((generator === undefined) === (template === undefined)) {
      const got = generator === undefined ? 'neither' : 'both'
      const message = `expected either the key "generator" or the key "template", got ${got}`
      return [errorAt(entry, { code: 'value-invalid', message, path: ['spec'], on: 'key' })]
    }
    if (generator === undefined || known.includes(generator)) return []
    return [unknownAt(entry, { path: ['spec', 'generator'], what: 'generator', name: generator, known })]
  })
}

/** The options of a service at a facility are ones that its generator takes. */
export function serviceOptions(catalog: Catalog): Finding[] {
  return catalog.of('Facility').flatMap((entry) =>
    Object.entries(entry.document.spec.services ?? {}).flatMap(([service, { options }]): Finding[] => {
      const definition = catalog.find('Service', service)?.document.spec
      if (definition === undefined || options === undefined) return []
      const check = catalog.surroundings.generators.get(definition.generator ?? templateGenerator)
      return (check?.(options) ?? []).map(({ code = 'value-invalid', path, message }) =>
        errorAt(entry, { code, message, path: ['spec', 'services', service, 'options', ...path] }),
      )
    }),
  )
}

const peopleWithoutAccess = ['expired', 'banned'] as const

/** Files that cannot tell who is expired or banned show nobody who is, whatever the service says. */
export function deliveredWithStatus(catalog: Catalog): Finding[] {
  return catalog.of('Service').flatMap((entry) => {
    const { generator = templateGenerator, deliver } = entry.document.spec
    const told = catalog.surroundings.tells(generator)
    return peopleWithoutAccess
      .filter((people) => deliver?.[people] === true && !told.includes(people))
      .map((people) => {
        const message = `it has no effect: files of generator "${generator}" cannot tell who is ${people}, so they show nobody who is`
        return warningAt(entry, { code: 'status-not-carried', message, path: ['spec', 'deliver', people] })
      })
  })
}
