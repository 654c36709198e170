import { isKind, type ConfigObject } from '../model/config-object.ts'
import { pathOf } from './pair-objects.ts'

/** Lists the resources in force, as `vo/name`, that a commit does not leave under their name on their facility: they may move. */
export function resourcesElsewhere(have: readonly ConfigObject[], want: readonly ConfigObject[]): string[] {
  const staying = new Set(want.flatMap(placesIn).map(({ key }) => key))
  return have.flatMap(placesIn).flatMap(({ key, path }) => (staying.has(key) ? [] : [path]))
}

function placesIn(object: ConfigObject): { readonly key: string; readonly path: string }[] {
  if (!isKind(object, 'Resource')) return []
  const path = pathOf(object)
  return [{ key: `${path} ${object.spec.facility}`, path }]
}
