import type { Finding } from '../../model/finding.ts'
import { errorAt, unknownAt, type Catalog, type Entry } from '../catalog.ts'

/** Every service that another one goes after is declared, and none goes, by whatever round, after itself. */
export function serviceOrder(catalog: Catalog): Finding[] {
  const known = catalog.names('Service')
  const names = new Set(known)
  const entries = catalog.of('Service').filter((entry) => entry.document.spec.after !== undefined)
  const after = new Map(entries.map((entry) => [entry.document.metadata.name, entry.document.spec.after ?? []]))
  return entries.flatMap((entry) =>
    (entry.document.spec.after ?? []).flatMap((name, index) => {
      const path = ['spec', 'after', index]
      if (!names.has(name)) return [unknownAt(entry, { path, what: 'service', name, known })]
      return goesBack(after, { from: name, to: entry.document.metadata.name }) ? [roundAt(entry, name, path)] : []
    }),
  )
}

/** Whether one service goes, by however many others, after the other. */
function goesBack(
  after: ReadonlyMap<string, readonly string[]>,
  { from, to }: { readonly from: string; readonly to: string },
): boolean {
  const seen = new Set([from])
  for (const name of seen) for (const next of after.get(name) ?? []) seen.add(next)
  return seen.has(to)
}

function roundAt(entry: Entry<'Service'>, name: string, path: readonly (string | number)[]): Finding {
  const own = entry.document.metadata.name
  const message =
    name === own
      ? `service "${own}" cannot go after itself; leave it out`
      : `services "${own}" and "${name}" cannot each go after the other; leave one of the two out`
  return errorAt(entry, { code: 'cycle', message, path })
}
