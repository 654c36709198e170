import type { Catalog } from './catalog.ts'
import { parentOf, type GroupName } from './references.ts'

/** The nearest group above by whose source a group may be made, which no document can tell; undefined where there is none. */
export function baseOf(catalog: Catalog, { vo, name }: GroupName): string | undefined {
  let above = parentOf(name)
  while (above !== undefined && catalog.find('Group', above, vo)?.document.spec.structure === undefined)
    above = parentOf(above)
  return above
}
