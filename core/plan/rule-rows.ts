import { compileRule, isOfMembers, namesOfRules, orderRules, type Rule } from '../expressions/rules.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import { noDiff, ruleAt, wantedPeople } from './diff-rows.ts'
import { groupsOf, inputsOf, type Inputs, type RuleContext } from './rule-inputs.ts'
import type { MemberSet } from './sets.ts'

interface RuleOfSet extends Rule {
  readonly set: MemberSet
}

/** Brings the rows of origin rule in `diffs` to what the rules say of everybody as they will be; returns what went wrong. */
export function ruleRows(context: RuleContext): Finding[] {
  const { sets, kept, keepsAll } = context
  const ruled = sets.filter(({ pair, scope }) => !kept.has(scope) && [pair.have, pair.want].some(hasRule))
  if (ruled.length === 0) return []
  const names = namesOfRules([...context.definitions.values()].map(({ name, spec }) => [name, spec.type] as const))
  const rules: RuleOfSet[] = []
  for (const set of ruled) {
    const { want } = set.pair
    if (want === undefined || !isKind(want, 'Group')) continue
    const expression = want.spec.where === undefined ? undefined : compileRule(want.spec.where, names)
    if (expression === undefined) {
      if (!keepsAll) compare(context, set, [])
    } else if (!('fault' in expression)) rules.push({ group: `${set.vo}/${set.name}`, expression, set })
  }
  const groups = groupsOf(context)
  const { order, circles } = orderRules(rules, groups.below)
  const inputs = inputsOf(context, groups)
  return [...circles.flat().map(circleFinding), ...order.flatMap((rule) => fill(context, rule, inputs))]
}

/** Tells whether there are groups with a rule. */
export function hasRules(objects: readonly ConfigObject[]): boolean {
  return objects.some(hasRule)
}

function hasRule(object: ConfigObject | undefined): boolean {
  return object !== undefined && isKind(object, 'Group') && object.spec.where !== undefined
}

/** Evaluates a rule on everybody who may be in the group. */
function fill(context: RuleContext, { expression, set }: RuleOfSet, inputs: Inputs): Finding[] {
  const wanted: PersonIndex[] = []
  const failed: PersonIndex[] = []
  let reason = ''
  const valuesOf = inputs(set.vo, expression)
  for (const person of isOfMembers(expression) ? membersOf(context, set.vo) : everybody(context)) {
    const outcome = expression.evaluate(valuesOf(person))
    if (outcome.kind === 'value' && outcome.value === true) wanted.push(person)
    if (outcome.kind !== 'failed') continue
    failed.push(person)
    reason = outcome.message
  }
  compare(context, set, wanted)
  return failed.length === 0 ? [] : [failureFinding(context, set, { failed, reason })]
}

function* everybody({ people }: RuleContext): Generator<PersonIndex> {
  for (let person = 0; person < people.count; person += 1) yield person
}

/** Who is a member of the VO already, or by a row that git names. */
function membersOf(context: RuleContext, vo: string): PersonIndex[] {
  const { vosByWant, sets, marks } = context
  const have = vosByWant.get(vo)?.have?.name
  const named = sets
    .filter((set) => set.vo === vo && set.pair.want !== undefined)
    .map((set) => wantedPeople(set, context))
  return marks.unique(have === undefined ? [] : [...context.membersOf(have).keys()], ...named)
}

function compare(
  { people, marks, diffs, keepsAll }: RuleContext,
  set: MemberSet,
  wanted: readonly PersonIndex[],
): void {
  const have = marks.unique(
    set.have.flatMap(({ user, origin }) => (origin === 'rule' ? (people.ofId(user) ?? []) : [])),
  )
  const ruled = marks.without(wanted, have)
  const unruled = keepsAll ? [] : marks.without(have, wanted)
  if (ruled.length + unruled.length === 0) return
  diffs.set(set, { ...(diffs.get(set) ?? noDiff(set)), ruled, unruled })
}

function circleFinding({ set, group }: RuleOfSet): Finding {
  const message = `the rule of "${group}" depends on itself through others that stay as they are; let none of them ask for the other`
  return { severity: 'error', code: 'cycle', message, scope: set.scope, ...placeOf(set) }
}

function failureFinding(
  { people }: RuleContext,
  set: MemberSet,
  { failed, reason }: { readonly failed: readonly PersonIndex[]; readonly reason: string },
): Finding {
  const [first = 0] = failed
  const others = failed.length === 1 ? '' : ` and ${failed.length - 1} more`
  const message = `the rule cannot be computed for "${people.names[first] ?? ''}"${others}, who are left out: ${reason}`
  return { severity: 'warning', code: 'expression-failed', message, path: 'spec.where', ...placeOf(set) }
}

function placeOf(set: MemberSet): Pick<Finding, 'at'> {
  const at = ruleAt(set)
  return at === undefined ? {} : { at }
}
