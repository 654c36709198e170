import { compileRule, isOfMembers, namesOfRules, orderRules, type Rule } from '../expressions/rules.ts'
import type { Admission } from '../membership/admit.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { compareText } from '../model/compare.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import type { Plan } from '../model/plan.ts'
import { noDiff, ruleAt, wantedPeople } from './diff-rows.ts'
import { limitedRooms, type LimitedRoom } from './limited-rooms.ts'
import { groupsOf, inputsOf, type Inputs, type RuleContext } from './rule-inputs.ts'
import { openPlaces, type RulePlaces } from './rule-places.ts'
import type { MemberSet } from './sets.ts'

interface RuleOfSet extends Rule {
  readonly set: MemberSet
}

/** What came of rules. */
export interface RuleOutcome {
  readonly findings: readonly Finding[]
  /** Whom a rule would bring in, and for whom there is no place. */
  readonly waiting: Plan['waiting']
}

/** Brings the rows of origin rule in `diffs` to what the rules say of everybody as they will be. */
export function ruleRows(context: RuleContext): RuleOutcome {
  const { sets, kept, keepsAll } = context
  const ruled = sets.filter(({ pair, scope }) => !kept.has(scope) && [pair.have, pair.want].some(hasRule))
  if (ruled.length === 0) return { findings: [], waiting: [] }
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
  // The order in which PostgreSQL lists them: who comes first finds a place.
  rules.sort((a, b) => compareText(a.set.vo, b.set.vo) || compareText(a.set.name, b.set.name))
  const groups = groupsOf(context)
  const { order, circles } = orderRules(rules, groups.below)
  const inputs = inputsOf(context, groups)
  const { failures, full } = fillInTurn(context, order, inputs)
  return {
    findings: [...circles.flat().map(circleFinding), ...failures, ...full.map((left) => fullFinding(context, left))],
    waiting: full.flatMap(({ set: { vo, name }, refused }) =>
      refused.map(({ person }) => ({ vo, group: name, user: context.people.names[person] ?? '' })),
    ),
  }
}

interface Filled {
  readonly failures: readonly Finding[]
  readonly full: readonly LeftOut[]
}

/** Who is left out of a group that a rule fills, as there is no place. */
interface LeftOut {
  readonly set: MemberSet
  readonly refused: Admission<PersonIndex>['refused']
}

/** Each pass but the last finds others; only rules that deny each other could go on for ever. */
const mostPasses = 100

/**
 * Who goes by a later rule may leave a place to somebody whom an earlier one brings in, and whom a rule makes a member may be in
 * groups whose rules are about members: until nothing changes any more.
 */
function fillInTurn(context: RuleContext, order: readonly RuleOfSet[], inputs: Inputs): Filled {
  const rooms = order.length === 0 ? [] : limitedRooms(context)
  const leadsTo = ({ groups, vos }: LimitedRoom, { vo, name }: MemberSet): boolean =>
    groups.has(`${vo}/${name}`) || vos.has(vo)
  const limited = new Set(rooms.length === 0 ? [] : order.filter(({ set }) => rooms.some((room) => leadsTo(room, set))))
  const vos = [...new Set(order.filter(({ expression }) => isOfMembers(expression)).map(({ set }) => set.vo))]
  const countMembers = (): string => vos.map((vo) => membersOf(context, vo).length).join()
  for (let turn = 1; ; turn += 1) {
    const before = countMembers()
    const pass = fillOnce(context, order, { inputs, rooms, limited })
    const isSettled = !pass.isChanged || (limited.size === 0 && countMembers() === before)
    if (isSettled || turn === mostPasses) return pass
  }
}

interface Filling {
  readonly inputs: Inputs
  readonly rooms: readonly LimitedRoom[]
  /** Rules of groups that lead into a room. */
  readonly limited: ReadonlySet<RuleOfSet>
}

function fillOnce(
  context: RuleContext,
  order: readonly RuleOfSet[],
  { inputs, rooms, limited }: Filling,
): Filled & { readonly isChanged: boolean } {
  let places: RulePlaces | undefined
  let isChanged = false
  const failures: Finding[] = []
  const full: LeftOut[] = []
  for (const rule of order) {
    const { set } = rule
    const { wanted, findings } = evaluate(context, rule, inputs)
    failures.push(...findings)
    const { isLosing, coming } = compare(context, set, wanted)
    // Who goes may leave a place.
    if (isLosing) places = undefined
    const isOpen = coming.length === 0 || !limited.has(rule)
    const admission = isOpen ? everybodyIn(coming) : (places ??= openPlaces(context, rooms)).letIn(set, coming)
    bringIn(context, set, admission.admitted)
    if (admission.refused.length > 0) full.push({ set, refused: admission.refused })
    isChanged ||= isLosing || admission.admitted.length > 0
  }
  return { failures, full, isChanged }
}

function everybodyIn(coming: readonly PersonIndex[]): Admission<PersonIndex> {
  return { admitted: coming, refused: [] }
}

/** Tells whether there are groups with a rule. */
export function hasRules(objects: readonly ConfigObject[]): boolean {
  return objects.some(hasRule)
}

function hasRule(object: ConfigObject | undefined): boolean {
  return object !== undefined && isKind(object, 'Group') && object.spec.where !== undefined
}

/** Evaluates a rule on everybody who may be in the group. */
function evaluate(
  context: RuleContext,
  { expression, set }: RuleOfSet,
  inputs: Inputs,
): { readonly wanted: readonly PersonIndex[]; readonly findings: readonly Finding[] } {
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
  return { wanted, findings: failed.length === 0 ? [] : [failureFinding(context, set, { failed, reason })] }
}

function* everybody({ people }: RuleContext): Generator<PersonIndex> {
  for (let person = 0; person < people.count; person += 1) yield person
}

/** Who is a member of the VO already, by a row that git names, or by another rule. */
function membersOf(context: RuleContext, vo: string): PersonIndex[] {
  const { vosByWant, sets, marks, diffs } = context
  const have = vosByWant.get(vo)?.have?.name
  const named = sets
    .filter((set) => set.vo === vo && set.pair.want !== undefined)
    .flatMap((set) => [wantedPeople(set, context), diffs.get(set)?.ruled ?? []])
  return marks.unique(have === undefined ? [] : [...context.membersOf(have).keys()], ...named)
}

/** Takes out whom a rule wants no more, of its rows in force and of those decided so far, and tells who is still to come. */
function compare(
  { people, marks, diffs, keepsAll }: RuleContext,
  set: MemberSet,
  wanted: readonly PersonIndex[],
): { readonly isLosing: boolean; readonly coming: readonly PersonIndex[] } {
  const have = marks.unique(
    set.have.flatMap(({ user, origin }) => (origin === 'rule' ? (people.ofId(user) ?? []) : [])),
  )
  const before = diffs.get(set) ?? noDiff(set)
  const unruled = keepsAll ? [] : marks.without(have, wanted)
  const unwanted = marks.without(before.ruled, wanted)
  const ruled = marks.without(before.ruled, unwanted)
  const isLosing = unwanted.length > 0 || !marks.areSame(unruled, before.unruled)
  if (isLosing) diffs.set(set, { ...before, ruled, unruled })
  return { isLosing, coming: marks.without(marks.without(wanted, have), ruled) }
}

function bringIn({ diffs }: RuleContext, set: MemberSet, admitted: readonly PersonIndex[]): void {
  if (admitted.length === 0) return
  const before = diffs.get(set) ?? noDiff(set)
  diffs.set(set, { ...before, ruled: [...before.ruled, ...admitted] })
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

function fullFinding({ people }: RuleContext, { set, refused }: LeftOut): Finding {
  const [first] = refused
  const others = refused.length === 1 ? '' : ` and ${refused.length - 1} more`
  const message = `"${people.names[first?.person ?? 0] ?? ''}"${others} would be in group "${set.vo}/${set.name}" by its rule and find no place: ${first?.room ?? ''} is full; they come in when a place gets free`
  return { severity: 'warning', code: 'full', message, path: 'spec.where', ...placeOf(set) }
}

function placeOf(set: MemberSet): Pick<Finding, 'at'> {
  const at = ruleAt(set)
  return at === undefined ? {} : { at }
}
