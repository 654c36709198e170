import { fieldTemplate } from '../../sources/template.ts'
import type { Finding } from '../../model/finding.ts'
import { errorAt, type Catalog, type Entry } from '../catalog.ts'
import { writtenFaults } from './sources.ts'
import { readingFaults } from './syncs.ts'

const path = ['spec', 'structure']

/** Groups are made from a source that is read and lets the VO sync from it, each by a key and a name of its own. */
export function structures(catalog: Catalog): Finding[] {
  return catalog.of('Group').flatMap((entry) => {
    const { structure } = entry.document.spec
    if (structure === undefined) return []
    return [
      ...readingFaults(catalog, entry, { path, ...structure }),
      ...(['key', 'name'] as const).flatMap((key) => sameForAll(entry, key)),
      ...(['key', 'name', 'parent', 'title'] as const).flatMap((key) =>
        writtenFaults(entry, { written: structure[key], gives: 'string', path: [...path, key] }),
      ),
      ...writtenFaults(entry, { written: structure.includes, gives: 'array', path: [...path, 'includes'] }),
    ]
  })
}

function sameForAll(entry: Entry<'Group'>, key: 'key' | 'name'): Finding[] {
  const written = entry.document.spec.structure?.[key]
  if (typeof written !== 'string' || fieldTemplate(written).fields.length > 0) return []
  const message = `expected a template with a field such as "\${${key}}", got "${written}", which would be the same for every group`
  return [errorAt(entry, { code: 'value-invalid', message, path: [...path, key] })]
}
