import { compileExpression, type Expression, type ExpressionFault } from './compile.ts'
import { namesFor, type AttributeType, type Names } from './names.ts'
import { orderByNeeds } from './order.ts'

/** The rule of a group, which is written `<vo>/<name>`. */
export interface Rule {
  readonly group: string
  readonly expression: Expression
}

/** Names what rules may read, given the attributes that documents declare. */
export function namesOfRules(declared: Iterable<readonly [string, AttributeType]>): Names {
  return namesFor(['user', 'member'], declared)
}

/** Compiles what stands under `where`, or says what is wrong with it. */
export function compileRule(where: string, names: Names): Expression | ExpressionFault {
  const expression = compileExpression(where, { names, gives: 'boolean' })
  if ('fault' in expression || expression.groups !== 'any') return expression
  return { fault: "expected user.groups to be asked for one group at a time, as in 'astro/board' in user.groups" }
}

/** Tells whether only members of the VO can satisfy a rule: others have no values of the holder member. */
export function isOfMembers({ reads }: Expression): boolean {
  return reads.some((name) => name.startsWith('member.'))
}

/**
 * Puts rules into an order in which each comes after those that fill the groups it asks for, or groups below them; and
 * lists the circles, whose rules and those that depend on them are in no order.
 */
export function orderRules<R extends Rule>(
  rules: readonly R[],
  below: (group: string) => Iterable<string>,
): { readonly order: readonly R[]; readonly circles: readonly (readonly R[])[] } {
  const byGroup = new Map(rules.map((rule) => [rule.group, rule]))
  return orderByNeeds(rules, (rule) => neededBy(rule, byGroup, below))
}

function neededBy<R extends Rule>(
  { expression }: R,
  byGroup: ReadonlyMap<string, R>,
  below: (group: string) => Iterable<string>,
): Set<R> {
  const asked = expression.groups === 'any' ? [...byGroup.keys()] : expression.groups
  return new Set(asked.flatMap((group) => [...below(group)].flatMap((name) => byGroup.get(name) ?? [])))
}
