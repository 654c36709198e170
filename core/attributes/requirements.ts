import type { ConfigObject } from '../model/config-object.ts'
import type { JsonValue } from '../model/json.ts'

/** An attribute that somebody must have a value of. */
export interface Requirement {
  /** Full name, after the facility's `use`. */
  readonly attribute: string
  /** The VO or facility the value belongs to; empty for the holder user. */
  readonly of: string
}

/** What a person's values are looked up in. */
export interface AttributeValues {
  readonly user: Readonly<Record<string, JsonValue>>
  holds(attribute: string, of: string): boolean
}

/** Attribute definitions by full name. */
export type Definitions = ReadonlyMap<string, ConfigObject<'Attribute'>>

/** Lists what a VO requires of its members. */
export function requirementsOfVo(vo: ConfigObject<'VO'>, definitions: Definitions): Requirement[] {
  return (vo.spec.requires?.attributes ?? []).flatMap((attribute) =>
    requirement(attribute, { vo: vo.name }, definitions),
  )
}

/** Lists what the services of a resource require of those who reach it. */
export function requirementsOfServices(
  place: {
    readonly services: readonly ConfigObject<'Service'>[]
    readonly facility: ConfigObject<'Facility'>
    readonly vo: string
  },
  definitions: Definitions,
): Requirement[] {
  const { use } = place.facility.spec
  return place.services
    .flatMap((service) => service.spec.requires ?? [])
    .flatMap((name) => requirement(use?.[name] ?? name, { vo: place.vo, facility: place.facility.name }, definitions))
}

/** Tells whether a value is missing. */
export function isMissing({ attribute, of }: Requirement, values: AttributeValues): boolean {
  return of === '' ? values.user[attribute] === undefined : !values.holds(attribute, of)
}

/** An attribute with a default or a generator is never missing; one of a thing, not of a person, is not asked of people. */
function requirement(
  attribute: string,
  place: { readonly vo: string; readonly facility?: string },
  definitions: Definitions,
): Requirement[] {
  const definition = definitions.get(attribute)?.spec
  if (definition?.default !== undefined || definition?.generate !== undefined) return []
  switch (attribute.slice(0, attribute.indexOf('.'))) {
    case 'user':
      return [{ attribute, of: '' }]
    case 'member':
      return [{ attribute, of: place.vo }]
    case 'user-facility':
      return place.facility === undefined ? [] : [{ attribute, of: place.facility }]
    default:
      return []
  }
}
