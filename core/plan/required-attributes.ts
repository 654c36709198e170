import { isKind, type ConfigObject } from '../model/config-object.ts'

/** Lists the attributes that VOs and services require, before and after the facilities' `use`. */
export function requiredAttributes({ objects }: { readonly objects: readonly ConfigObject[] }): string[] {
  return [...new Set(objects.flatMap(namedIn))].sort()
}

function namedIn(object: ConfigObject): readonly string[] {
  if (isKind(object, 'VO')) return object.spec.requires?.attributes ?? []
  if (isKind(object, 'Service')) return object.spec.requires ?? []
  return isKind(object, 'Facility') ? Object.values(object.spec.use ?? {}) : []
}
