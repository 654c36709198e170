import { parseAttribute } from '../config/references.ts'
import { groupBy } from '../model/group-by.ts'
import { isKind, type StoredObject } from '../model/config-object.ts'
import type { JsonObject } from '../model/json.ts'

/** Names of derived attributes, by holder. */
type DerivedNames = ReadonlyMap<string, readonly string[]>

/** Finds the attributes whose values follow from others. */
export function derivedNamesIn(objects: readonly StoredObject[]): DerivedNames {
  const derived = objects.flatMap((object) =>
    isKind(object, 'Attribute') && object.spec.derive !== undefined ? [parseAttribute(object.name)] : [],
  )
  const byHolder = groupBy(derived, ({ holder }) => holder)
  return new Map([...byHolder].map(([holder, own]) => [holder, own.map(({ name }) => name)]))
}

/** Takes the values that follow from others out of an object, where the state keeps them beside the given ones. */
export function withoutDerived(object: StoredObject, names: DerivedNames): StoredObject {
  const left: Left = (holder, attributes) => {
    if (attributes === undefined) return {}
    const all = Object.entries(attributes)
    const given = all.filter(([name]) => !(names.get(holder) ?? []).includes(name))
    return given.length === 0 && all.length > 0 ? {} : { attributes: Object.fromEntries(given) }
  }
  if (isKind(object, 'VO')) {
    const { attributes, ...spec } = object.spec
    return { ...object, spec: { ...spec, ...left('vo', attributes) } }
  }
  if (isKind(object, 'Group')) {
    const { attributes, ...spec } = object.spec
    return { ...object, spec: { ...spec, ...left('group', attributes) } }
  }
  if (isKind(object, 'Facility')) return facilityWithout(object, left)
  return isKind(object, 'Resource') ? resourceWithout(object, left) : object
}

/** The values of something of a holder that are given, where there are any. */
type Left = (holder: string, attributes: JsonObject | undefined) => { readonly attributes?: JsonObject }

function facilityWithout(object: StoredObject<'Facility'>, left: Left): StoredObject<'Facility'> {
  const { attributes, hosts, ...spec } = object.spec
  const own = hosts?.map(({ name, attributes: values }) => ({ name, ...left('host', values) }))
  return { ...object, spec: { ...spec, ...(own !== undefined && { hosts: own }), ...left('facility', attributes) } }
}

function resourceWithout(object: StoredObject<'Resource'>, left: Left): StoredObject<'Resource'> {
  const { attributes, groups, ...spec } = object.spec
  const own = groups?.map((entry) => {
    if (typeof entry === 'string') return entry
    const { attributes: values, ...assigned } = entry
    return { ...assigned, ...left('group-resource', values) }
  })
  return { ...object, spec: { ...spec, ...(own !== undefined && { groups: own }), ...left('resource', attributes) } }
}
