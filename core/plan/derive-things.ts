import type { Surroundings } from '../config/catalog.ts'
import { parseAttribute, parseGroup } from '../config/references.ts'
import { derivedAmong, deriveValue, isOfKind, type DerivedDefinitions } from '../expressions/derived.ts'
import { isKind, objectKey, type DesiredObject } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import type { JsonObject, JsonValue } from '../model/json.ts'
import { scopeOf, type Scope } from '../model/scope.ts'
import type { ObjectPair } from './pair-objects.ts'

/** The documents of a commit with the values that follow from others, and which of these cannot be computed. */
interface DerivedThings {
  readonly pairs: readonly ObjectPair[]
  readonly findings: readonly Finding[]
}

/** Each kind after those that its documents lie in. */
const outerFirst = ['VO', 'Facility', 'Group', 'Resource'] as const

/**
 * Puts the derived values of VOs, facilities, hosts, groups, resources and assigned groups where git would give them, so that
 * they are planned, shown and kept like given ones. A value that cannot be computed, or does not fit its type or schema, is none.
 * Documents of scopes that stay as they are have theirs already.
 */
export function deriveThings(
  pairs: readonly ObjectPair[],
  { kept, compileSchema }: { readonly kept: ReadonlySet<Scope>; readonly compileSchema: Surroundings['compileSchema'] },
): DerivedThings {
  const attributes = pairs.flatMap(({ want }) =>
    want !== undefined && isKind(want, 'Attribute') ? [[want.name, want.spec] as const] : [],
  )
  if (!attributes.some(([name, { derive }]) => derive !== undefined && isOfKind(name, 'things')))
    return { pairs, findings: [] }
  const findings: Finding[] = []
  const deriving = {
    definitions: derivedAmong(attributes, ['things']),
    known: new Map<string, JsonObject>(),
    compileSchema,
    findings,
  }
  const made = new Map<DesiredObject, DesiredObject>()
  for (const kind of outerFirst) {
    for (const { want } of pairs) {
      if (want?.kind !== kind) continue
      const object = kept.has(scopeOf(want)) ? want : withDerived(want, deriving)
      made.set(want, object)
      if (object.kind !== 'Source' && 'attributes' in object.spec)
        deriving.known.set(objectKey(object), object.spec.attributes ?? {})
    }
  }
  const pairWith = (pair: ObjectPair): ObjectPair => {
    const want = pair.want === undefined ? undefined : made.get(pair.want)
    return want === undefined ? pair : { ...pair, want }
  }
  return { pairs: pairs.map(pairWith), findings }
}

interface Deriving {
  readonly definitions: DerivedDefinitions
  /** Values of documents that were looked at, by their keys. */
  readonly known: ReadonlyMap<string, JsonObject>
  readonly compileSchema: Surroundings['compileSchema']
  readonly findings: Finding[]
}

/** Values of what something lies in, by holder. */
type Around = Readonly<Record<string, JsonObject | undefined>>

function withDerived(object: DesiredObject, deriving: Deriving): DesiredObject {
  const valuesOf: ValuesOf = (holder, given, around) => derive({ holder, given, around, of: object }, deriving)
  const valuesAt = (kind: (typeof outerFirst)[number], name: string, vo = object.vo): JsonObject | undefined =>
    deriving.known.get(objectKey(kind === 'Group' && vo !== undefined ? { kind, vo, name } : { kind, name }))
  if (isKind(object, 'VO')) return withValues(object, valuesOf('vo', object.spec.attributes, {}))
  if (isKind(object, 'Facility')) return facilityWith(object, valuesOf)
  const vo = valuesAt('VO', object.vo ?? '')
  if (isKind(object, 'Group')) return withValues(object, valuesOf('group', object.spec.attributes, { vo }))
  if (!isKind(object, 'Resource')) return object
  const around = { vo, facility: valuesAt('Facility', object.spec.facility) }
  const groupAt = (reference: string): JsonObject | undefined => {
    const group = parseGroup(reference, object.vo)
    return group === undefined ? undefined : valuesAt('Group', group.name, group.vo)
  }
  return resourceWith(object, { valuesOf, around, groupAt })
}

/** All values of something of a holder: those that git gives, and what follows from them and from what it lies in. */
type ValuesOf = (holder: string, given: JsonObject | undefined, around: Around) => JsonObject | undefined

function facilityWith(object: DesiredObject<'Facility'>, valuesOf: ValuesOf): DesiredObject<'Facility'> {
  const attributes = valuesOf('facility', object.spec.attributes, {})
  const facility = withValues(object, attributes)
  const hosts = object.spec.hosts?.map((host) => {
    const own = valuesOf('host', host.attributes, { facility: attributes })
    return own === host.attributes || own === undefined ? host : { ...host, attributes: own }
  })
  return hosts === undefined ? facility : { ...facility, spec: { ...facility.spec, hosts } }
}

interface ResourceInput {
  readonly valuesOf: ValuesOf
  readonly around: Around
  readonly groupAt: (reference: string) => JsonObject | undefined
}

function resourceWith(
  object: DesiredObject<'Resource'>,
  { valuesOf, around, groupAt }: ResourceInput,
): DesiredObject<'Resource'> {
  const resource = valuesOf('resource', object.spec.attributes, around)
  const derived = withValues(object, resource)
  const groups = object.spec.groups?.map((entry) => {
    const assigned = typeof entry === 'string' ? { group: entry } : entry
    const given = 'attributes' in assigned ? assigned.attributes : undefined
    const own = valuesOf('group-resource', given, { ...around, resource, group: groupAt(assigned.group) })
    return own === given || own === undefined ? entry : { ...assigned, attributes: own }
  })
  return groups === undefined ? derived : { ...derived, spec: { ...derived.spec, groups } }
}

type Valued = DesiredObject<'VO'> | DesiredObject<'Facility'> | DesiredObject<'Group'> | DesiredObject<'Resource'>

function withValues<T extends Valued>(object: T, attributes: JsonObject | undefined): T {
  if (attributes === undefined || attributes === object.spec.attributes) return object
  return { ...object, spec: { ...object.spec, attributes } }
}

interface Place {
  readonly holder: string
  readonly given: JsonObject | undefined
  readonly around: Around
  readonly of: DesiredObject
}

function derive({ holder, given, around, of }: Place, deriving: Deriving): JsonObject | undefined {
  const { order, defaults } = deriving.definitions
  let values = given
  for (const definition of order) {
    if (definition.holder !== holder) continue
    const read = (name: string): JsonValue | undefined => {
      const { holder: where, name: bare } = parseAttribute(name)
      return (where === holder ? values : around[where])?.[bare] ?? defaults.get(name)
    }
    const outcome = deriveValue(definition, read, deriving.compileSchema)
    if (outcome.kind === 'value') values = { ...values, [parseAttribute(definition.name).name]: outcome.value }
    else if (outcome.kind === 'failed') deriving.findings.push(notDerived(definition.name, of, outcome.message))
  }
  return values
}

function notDerived(name: string, of: DesiredObject, why: string): Finding {
  const message = `Cannot derive ${name} of ${objectKey(of)}, which has none therefore: ${why}`
  return { severity: 'warning', code: 'attribute-mismatch', message, at: of.at }
}
