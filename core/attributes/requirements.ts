import type { ConfigObject } from '../model/config-object.ts'
import { madeAttributes } from './made.ts'

/** An attribute that somebody must have a value of. */
export interface Requirement {
  /** Full name, after the facility's `use`. */
  readonly attribute: string
  /** The VO, facility, resource (`vo/name`) or group (`vo/name`) the value belongs to; empty for the holder user. */
  readonly of: string
}

/** What a person's values are looked up in. */
export interface AttributeValues {
  /** Whether there is a value of holder user. */
  hasOfUser(attribute: string): boolean
  /** Whether there is one of another holder, that belongs to a VO, facility, resource or group. */
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

/** Lists what the services of a resource require of those who reach it by a group of a VO. */
export function requirementsOfServices(
  {
    services,
    facility,
    ...way
  }: Way & {
    readonly services: readonly ConfigObject<'Service'>[]
    readonly facility: ConfigObject<'Facility'>
  },
  definitions: Definitions,
): Requirement[] {
  const { use } = facility.spec
  return services
    .flatMap((service) => service.spec.requires ?? [])
    .flatMap((name) => requirement(use?.[name] ?? name, { ...way, facility: facility.name }, definitions))
}

/** By which group of which VO somebody reaches a resource; group and resource as `vo/name`. */
interface Way {
  readonly vo: string
  readonly group: string
  readonly resource: string
}

/** Tells whether a value is missing. */
export function isMissing({ attribute, of }: Requirement, values: AttributeValues): boolean {
  return of === '' ? !values.hasOfUser(attribute) : !values.holds(attribute, of)
}

/** An attribute with a default, or whose values make themselves, is never missing; one of a thing, not of a person, is not asked of people. */
function requirement(
  attribute: string,
  place: Pick<Way, 'vo'> & Partial<Way> & { readonly facility?: string },
  definitions: Definitions,
): Requirement[] {
  const definition = definitions.get(attribute)?.spec
  if (definition?.default !== undefined || madeOf(definitions).has(attribute)) return []
  const of = whose[attribute.slice(0, attribute.indexOf('.'))]?.(place)
  return of === undefined ? [] : [{ attribute, of }]
}

const madeByDefinitions = new WeakMap<Definitions, ReadonlySet<string>>()

function madeOf(definitions: Definitions): ReadonlySet<string> {
  const known = madeByDefinitions.get(definitions)
  if (known !== undefined) return known
  const made = madeAttributes([...definitions].map(([name, { spec }]) => [name, spec] as const))
  madeByDefinitions.set(definitions, made)
  return made
}

/** What the values of a holder belong to beside the person; undefined where the place has none. */
const whose: Readonly<Record<string, (place: Partial<Way> & { readonly facility?: string }) => string | undefined>> = {
  user: () => '',
  member: ({ vo }) => vo,
  'user-facility': ({ facility }) => facility,
  'member-resource': ({ resource }) => resource,
  'member-group': ({ group }) => group,
}
