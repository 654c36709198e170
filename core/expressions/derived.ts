import { parseAttribute } from '../config/references.ts'
import { compileExpression, type Expression, type ExpressionFault } from './compile.ts'
import { isListOfPerson, namesFor, type AttributeType, type Names } from './names.ts'
import { orderByNeeds } from './order.ts'

/** An attribute whose values follow from others, by full name. */
export interface DerivedAttribute {
  readonly name: string
  readonly expression: Expression
}

/** What the values of each holder may be derived from. */
const sources = { user: ['user'], member: ['user', 'member'] } as const satisfies Readonly<
  Record<string, readonly string[]>
>

/** The holders that have derived attributes. */
export const derivedHolders: readonly string[] = Object.keys(sources)

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
  const known = names.get(holder)
  if (known === undefined)
    return { fault: `only attributes of ${derivedHolders.join(' and ')} are derived, not of ${holder}` }
  const expression = compileExpression(derive, { names: known, gives: type })
  if ('fault' in expression) return expression
  const list = expression.reads.find(isListOfPerson)
  return list === undefined
    ? expression
    : { fault: `expected attributes, got "${list}", which only rules of groups read` }
}

/** Puts derived attributes into an order in which each comes after those it is derived from; and lists the circles. */
export function orderDerived<D extends DerivedAttribute>(
  derived: readonly D[],
): { readonly order: readonly D[]; readonly circles: readonly (readonly D[])[] } {
  const byName = new Map(derived.map((one) => [one.name, one]))
  return orderByNeeds(derived, ({ expression }) => expression.reads.flatMap((name) => byName.get(name) ?? []))
}
