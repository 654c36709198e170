import { isKind, type ConfigObject, type DesiredObject } from '../model/config-object.ts'
import { attributesRead } from './rule-inputs.ts'

/** Lists the attributes that VOs and services require, before and after the facilities' `use`, and what they were called before. */
export function requiredAttributes({ objects }: { readonly objects: readonly DesiredObject[] }): string[] {
  return [...new Set(withFormerNames(objects.flatMap(namedIn), objects))].sort()
}

/** Lists the attributes that rules and derived attributes read, and what they were called before. */
export function readAttributes({ objects }: { readonly objects: readonly DesiredObject[] }): string[] {
  return withFormerNames(attributesRead(objects), objects)
}

/** Values are still kept under the name of before. */
function withFormerNames(names: readonly string[], objects: readonly DesiredObject[]): string[] {
  const former = new Map(
    objects.flatMap((object) => (isKind(object, 'Attribute') ? [[object.name, object.previously] as const] : [])),
  )
  return names.flatMap((name) => [name, ...(former.get(name) ?? [])])
}

function namedIn(object: ConfigObject): readonly string[] {
  if (isKind(object, 'VO')) return object.spec.requires?.attributes ?? []
  if (isKind(object, 'Service')) return object.spec.requires ?? []
  return isKind(object, 'Facility') ? Object.values(object.spec.use ?? {}) : []
}
