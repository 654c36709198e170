import type { AttributeSpec } from '../../schemas/generated/config.ts'
import { valueFault } from '../attributes/check-value.ts'
import type { Surroundings } from '../config/catalog.ts'
import { parseAttribute } from '../config/references.ts'
import type { JsonValue } from '../model/json.ts'
import { compileExpression, type Expression, type ExpressionFault } from './compile.ts'
import { isListOfPerson, namesFor, type AttributeType, type Names } from './names.ts'
import { orderByNeeds } from './order.ts'

/** An attribute whose values follow from others, by full name. */
export interface DerivedAttribute {
  readonly name: string
  readonly expression: Expression
}

/** What an attribute document says of derived values, beside the expression. */
type DerivedSpec = Pick<AttributeSpec, 'schema' | 'type' | 'unique'>

/** A derived attribute with all that its values depend on. */
export interface DerivedDefinition extends DerivedAttribute {
  readonly holder: string
  readonly spec: DerivedSpec
}

/** The derived attributes among some definitions. */
export interface DerivedDefinitions {
  /** Each after those it is derived from. */
  readonly order: readonly DerivedDefinition[]
  /** All of them, also those that cannot be computed. */
  readonly names: ReadonlySet<string>
  /** Defaults of what they may read. */
  readonly defaults: ReadonlyMap<string, JsonValue>
}

/** What comes of an expression for somebody: a value, or why there is none. */
export type DerivedOutcome =
  | { readonly kind: 'value'; readonly value: JsonValue }
  | { readonly kind: 'missing' }
  | { readonly kind: 'failed'; readonly message: string }

/** What the values of each holder may be derived from: its own, and those of what it lies in. */
const ofPeople = { user: ['user'], member: ['user', 'member'] }
/** Of a person and something else: those of both, and of what these lie in. */
const ofPairs = {
  identity: ['user', 'identity'],
  'user-facility': ['user', 'facility', 'user-facility'],
  'member-resource': ['user', 'member', 'vo', 'facility', 'resource', 'user-facility', 'member-resource'],
  'member-group': ['user', 'member', 'vo', 'group', 'member-group'],
}
const ofThings = {
  ...{ vo: ['vo'], facility: ['facility'], host: ['facility', 'host'] },
  ...{ group: ['vo', 'group'], resource: ['vo', 'facility', 'resource'] },
  'group-resource': ['vo', 'facility', 'group', 'resource', 'group-resource'],
}
const kinds = { people: ofPeople, pairs: ofPairs, things: ofThings }
const sources: Readonly<Record<string, readonly string[]>> = { ...ofPeople, ...ofPairs, ...ofThings }

/**
 * Who or what derived values are about: people and members, which plans foresee; identities and pairs of somebody and
 * something, which have them once they are there; or things that git declares, which are planned like given values.
 */
export type DerivedKind = keyof typeof kinds

/** Tells whether derived values of an attribute are of a kind. */
export function isOfKind(attribute: string, kind: DerivedKind): boolean {
  return parseAttribute(attribute).holder in kinds[kind]
}

/** Names what the expressions of each holder may read, given the attributes that documents declare. */
export function namesOfDerived(declared: Iterable<readonly [string, AttributeType]>): ReadonlyMap<string, Names> {
  const all = [...declared]
  return new Map(Object.entries(sources).map(([holder, from]) => [holder, namesFor(from, all)]))
}

/** Compiles what stands under `derive` of an attribute, or says what is wrong with it. */
export function compileDerived(
  derive: string,
  {
    name,
    type,
    names,
  }: { readonly name: string; readonly type: AttributeType; readonly names: ReadonlyMap<string, Names> },
): Expression | ExpressionFault {
  const { holder } = parseAttribute(name)
  const expression = compileExpression(derive, { names: names.get(holder) ?? noNames, gives: type })
  if ('fault' in expression) return expression
  const list = expression.reads.find(isListOfPerson)
  return list === undefined
    ? expression
    : { fault: `expected attributes, got "${list}", which only rules of groups read` }
}

const noNames: Names = new Map()

/** Puts derived attributes into an order in which each comes after those it is derived from; and lists the circles. */
export function orderDerived<D extends DerivedAttribute>(
  derived: readonly D[],
): { readonly order: readonly D[]; readonly circles: readonly (readonly D[])[] } {
  const byName = new Map(derived.map((one) => [one.name, one]))
  return orderByNeeds(derived, ({ expression }) => expression.reads.flatMap((name) => byName.get(name) ?? []))
}

/** Compiles the derived attributes of some kinds among these definitions, as far as they can be computed. */
export function derivedAmong(
  definitions: Iterable<readonly [string, AttributeSpec]>,
  of: readonly DerivedKind[],
): DerivedDefinitions {
  const all = [...definitions]
  const concerned = all.filter(([name, { derive }]) => derive !== undefined && of.some((kind) => isOfKind(name, kind)))
  const names = namesOfDerived(all.map(([name, { type }]) => [name, type] as const))
  const derived = concerned.flatMap(([name, spec]): DerivedDefinition[] => {
    const expression = compileDerived(spec.derive ?? '', { name, type: spec.type, names })
    return 'fault' in expression ? [] : [{ name, expression, holder: parseAttribute(name).holder, spec }]
  })
  return {
    order: orderDerived(derived).order,
    names: new Set(concerned.map(([name]) => name)),
    defaults: new Map(
      all.flatMap(([name, { default: value }]) => (value === undefined ? [] : [[name, value] as const])),
    ),
  }
}

/** Computes a derived value of somebody; what does not fit the attribute's type or schema is none. */
export function deriveValue(
  { name, expression, spec }: DerivedDefinition,
  read: (name: string) => JsonValue | undefined,
  compileSchema: Surroundings['compileSchema'],
): DerivedOutcome {
  const outcome = expression.evaluate(Object.fromEntries(expression.reads.map((one) => [one, read(one)])))
  if (outcome.kind !== 'value') return outcome
  const fault = valueFault({ name, spec }, outcome.value, compileSchema)
  return fault === undefined ? outcome : { kind: 'failed', message: fault }
}
