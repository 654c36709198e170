import type { Definitions } from '../attributes/requirements.ts'
import type { Surroundings } from '../config/catalog.ts'
import { assignedGroups, type World } from '../membership/world.ts'
import type { Day } from '../lifecycle/calendar.ts'
import { dayOf, defaultZone } from '../lifecycle/zones.ts'
import type { People, TakenIdentity } from '../membership/people.ts'
import { createPersonMarks, type PersonIndex, type PersonMarks } from '../membership/person-marks.ts'
import { isKind, type ConfigKind, type DesiredObject } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import { groupBy } from '../model/group-by.ts'
import type { Change, DocumentChange, Plan } from '../model/plan.ts'
import { scopeOf, voOfScope, type Scope } from '../model/scope.ts'
import type { Desired, MemberStatus, State } from '../model/state.ts'
import { attributeNames } from './attribute-names.ts'
import { deriveThings } from './derive-things.ts'
import { derivedValues, type DerivedValues, type LeftOut } from './derived-values.ts'
import { diffDocuments } from './diff-documents.ts'
import { heldValuesOf } from './held-values.ts'
import { droppedSources, type DroppedSources } from './dropped-sources.ts'
import { diffSet, rowChanges, type RowContext, type SetDiff } from './diff-rows.ts'
import { draftPeople } from './draft-people.ts'
import { heldByNothing, leaveGroups, type LeavingContext } from './leave-exclusive.ts'
import { asDesired, keepScopes, standIn, withRenamed } from './keep-scopes.ts'
import { memberValues, type MemberValues } from './member-values.ts'
import { membersLeft } from './members-after.ts'
import { isRowChange, orderChanges } from './order-changes.ts'
import { indexPairs, type PairIndex } from './pair-index.ts'
import { pairObjects, type ObjectPair } from './pair-objects.ts'
import type { JudgedPick } from './picks.ts'
import { ruleRows, type RuleOutcome } from './rule-rows.ts'
import { once, remember } from './once.ts'
import { offerJudge } from './offer-judge.ts'
import { listSets, type MemberSet } from './sets.ts'
import { withSourced } from './sourced-groups.ts'
import { buildWorlds } from './worlds.ts'

/** What a commit changes, before anybody asks whether it may. */
export interface Draft extends PairIndex {
  readonly state: State
  readonly desired: Desired
  readonly kept: ReadonlySet<Scope>
  readonly pairs: readonly ObjectPair[]
  readonly people: People
  readonly taken: readonly TakenIdentity[]
  readonly marks: PersonMarks
  readonly changes: readonly Change[]
  readonly documentChanges: readonly DocumentChange[]
  readonly findings: readonly Finding[]
  readonly waiting: Plan['waiting']
  readonly diffs: ReadonlyMap<MemberSet, SetDiff>
  readonly setOf: ReadonlyMap<ObjectPair, MemberSet>
  /** By the VO's name after the commit, or in force for one that goes. */
  readonly setsByVo: ReadonlyMap<string, readonly MemberSet[]>
  /** VOs whose people or their access may differ. */
  readonly touchedVos: ReadonlySet<ObjectPair>
  /** Whether a change of the instance may bear on who has access. */
  readonly touchesInstance: boolean
  readonly definitions: Definitions
  readonly isWithinOffer: World['isWithinOffer']
  /** The members in force of a VO, by its name in force. */
  membersOf(vo: string): ReadonlyMap<PersonIndex, MemberStatus>
  /** Whether a person, not the clock or a source, ended a membership of the VO, by its name in force. */
  endedByPerson(vo: string | undefined, person: PersonIndex): boolean
  /** The moment of the plan. */
  readonly asOf: Date
  /** What day it is in the time zone of a VO, by its name after the commit. */
  today(vo: string): Day
  /** The day of the plan in the time zone of a VO, also where the guard looks ahead. */
  plannedOn(vo: string): Day
  /** The time zone of a VO, by its name after the commit. */
  zone(vo: string): string
  /** Values of holders other than user: `attribute user of`; without those that stand in their lists no more. */
  heldValues(): ReadonlySet<string>
  /** The same where only the lists of facilities are as they will be. */
  heldValuesBetween(): ReadonlySet<string>
  /** What people chose from lists that may be others. */
  picks(): readonly JudgedPick[]
  readonly derived: DerivedValues
  readonly memberValues: MemberValues
}

/** What drafting needs besides state and commit. */
export interface DraftOptions {
  /** Scopes that stay as they are. */
  readonly kept: Iterable<Scope>
  /** Compiles the JSON Schemas that offers bring along. */
  readonly compileSchema: Surroundings['compileSchema']
  /** The moment of the plan: what has a date is over or not. */
  readonly asOf: Date
}

const bearingOnAccess: ReadonlySet<ConfigKind> = new Set<ConfigKind>([
  'Attribute',
  'Service',
  'Source',
  'User',
  'Facility',
])

/** Compares what is in force with what a commit asks for, some scopes staying as they are. */
export function draftPlan(state: State, asked: Desired, options: DraftOptions): Draft {
  const { kept: scopes, compileSchema, asOf } = options
  const kept = withRenamed(new Set(scopes), state, asked)
  const { desired, findings: unsourced, keepsAll } = allAsked(asked, state, kept)
  const pairing = pairObjects(state.objects, desired.objects)
  const found = keepsAll ? pairing.pairs.map(keepPair) : pairing.pairs
  const { pairs, findings: underived } = deriveThings(found, { kept, compileSchema })
  const index = indexPairs(pairs)
  const attributes = attributeNames(index)
  const { people, taken } = draftPeople(state, desired, { ...index, attributes })
  const marks = createPersonMarks(people)
  const membersOf = membersByVo(state, people)
  const sets = listSets([...index.ofKind('VO'), ...index.ofKind('Group')], { have: state.rows, want: desired.rows })
  const zone = zonesByVo(index)
  const today = remember((vo) => dayOf(asOf, zone(vo)))
  const endedByPerson = endedByPersons(state, people)
  const definitions = definitionsOf(index)
  const values = memberValues({ ...index, state, people, sets, kept, keepsAll, attributes })
  const setsByVo = groupBy(sets, ({ vo }) => vo)
  const documentChanges = diffDocuments(pairs)
  const touchesInstance = documentChanges.some(({ scope, kind }) => scope === 'instance' && bearingOnAccess.has(kind))
  const base = {
    ...{ state, desired, kept, pairs, people, taken, marks, documentChanges, membersOf, endedByPerson, asOf },
    ...{ today, plannedOn: today, zone, touchesInstance, definitions },
    isWithinOffer: offerJudge(compileSchema),
    setOf: new Map(sets.map((set) => [set.pair, set])),
    setsByVo,
    memberValues: values,
    ...heldValuesOf(state, { ...index, attributes }),
    ...index,
  }
  const leftOut: LeftOut = new Map()
  const deriveWith = (diffs: Draft['diffs']): DerivedValues => {
    const membersIn = (vo: string) => membersLeft({ ...base, diffs }, vo)
    return derivedValues({ ...base, attributes, compileSchema, membersIn }, leftOut)
  }
  const unsettled = { changes: [], findings: [], waiting: [], touchedVos: new Set(index.ofKind('VO')) }
  let byRules: RuleOutcome = { findings: [], waiting: [] }
  const diffs = diffSets(sets, {
    ...{ people, marks, keepsAll, kept, membersOf, today, droppedBy: droppedSources(index) },
    fillByRules: (groups, withOwn) => {
      const worlds = () => {
        const all = withOwn()
        return buildWorlds({ ...base, ...unsettled, diffs: all, derived: deriveWith(all) })
      }
      byRules = ruleRows({ ...base, keepsAll, sets, diffs: groups, derived: deriveWith(groups), worlds })
    },
  })
  const rows = [...diffs.values()].flatMap((diff) => rowChanges(diff, people))
  const changes = orderChanges([...documentChanges, ...rows])
  return {
    ...base,
    changes,
    diffs,
    derived: deriveWith(diffs),
    findings: [...unsourced, ...pairing.findings, ...underived, ...byRules.findings],
    waiting: byRules.waiting,
    touchedVos: touchesInstance ? unsettled.touchedVos : touchedVos(changes, state, index),
  }
}

/** A commit with what stays as it is, and with the groups that sources keep. */
function allAsked(asked: Desired, state: State, kept: ReadonlySet<Scope>) {
  const { desired, keepsAll } = standIn(keepScopes(asked, state, kept), state)
  return { ...withSourced(desired, state), keepsAll }
}

/** Nothing vanishes while a new file cannot be read: what it holds is unknown. */
function keepPair(pair: ObjectPair): ObjectPair {
  return pair.want === undefined && pair.have !== undefined ? { have: pair.have, want: asDesired(pair.have) } : pair
}

function membersByVo(state: State, people: People): Draft['membersOf'] {
  const byVo = once(() => groupBy(state.members, ({ vo }) => vo))
  return remember((vo) => {
    const members = new Map<PersonIndex, MemberStatus>()
    for (const { user, status } of byVo().get(vo) ?? []) {
      const person = people.ofId(user)
      if (person !== undefined) members.set(person, status)
    }
    return members
  })
}

function endedByPersons({ members }: State, people: People): Draft['endedByPerson'] {
  const ended = once(
    () => new Set(members.flatMap(({ vo, user, endedByPerson = false }) => (endedByPerson ? [`${vo} ${user}`] : []))),
  )
  return (vo, person) => vo !== undefined && ended().has(`${vo} ${people.ids[person] ?? ''}`)
}

interface SetsContext extends Pick<Draft, 'people' | 'marks' | 'kept' | 'membersOf' | 'today'> {
  readonly keepsAll: boolean
  readonly droppedBy: DroppedSources
  /** Adds what rules bring into groups and take out of them, once it is known whom git names; `withOwn` has the VOs' own rows too, as they would be. */
  readonly fillByRules: (diffs: Map<MemberSet, SetDiff>, withOwn: () => Map<MemberSet, SetDiff>) => void
}

/** Compares all sets, the groups first: who is left in a VO by nothing shows only then. */
function diffSets(sets: readonly MemberSet[], context: SetsContext): Map<MemberSet, SetDiff> {
  const { people, marks, kept, keepsAll, today, droppedBy, fillByRules } = context
  const diffs = new Map<MemberSet, SetDiff>()
  const groupsByVo = once(() =>
    groupBy(
      sets.filter(({ kind }) => kind === 'GroupMember'),
      ({ vo }) => vo,
    ),
  )
  const leaving: LeavingContext = { ...context, sets, groupsOf: (vo) => groupsByVo().get(vo) ?? [] }
  const rows: RowContext = {
    people,
    marks,
    keepsAll,
    heldByNothing: (vo) => heldByNothing(vo, diffs, leaving),
    today,
    droppedBy,
  }
  const compareAll = (kind: MemberSet['kind'], into: Map<MemberSet, SetDiff>): Map<MemberSet, SetDiff> => {
    for (const set of sets) {
      const diff = set.kind !== kind || kept.has(set.scope) ? undefined : diffSet(set, rows)
      if (diff !== undefined) into.set(set, diff)
    }
    return into
  }
  compareAll('GroupMember', diffs)
  do fillByRules(diffs, () => compareAll('Member', new Map(diffs)))
  while (leaveGroups(diffs, leaving))
  return compareAll('Member', diffs)
}

function zonesByVo({ vosByWant, ofKind }: PairIndex): Draft['zone'] {
  const ofInstance = once(() => ofKind('Instance').flatMap(({ want }) => zoneOf(want) ?? [])[0] ?? defaultZone)
  return (vo) => zoneOf(vosByWant.get(vo)?.want) ?? ofInstance()
}

function zoneOf(object: DesiredObject | undefined): string | undefined {
  return object !== undefined && (isKind(object, 'VO') || isKind(object, 'Instance')) ? object.spec.timeZone : undefined
}

/** VOs with changes, those whose groups a changed resource names, and those in which somebody waits for an attribute. */
function touchedVos(changes: readonly Change[], { members }: State, index: PairIndex): Set<ObjectPair> {
  const names = new Set(changes.flatMap(vosOf))
  const waiting = new Set(members.flatMap(({ vo, status }) => (status === 'INVALID' ? [vo] : [])))
  return new Set([
    ...[...names].flatMap((name) => index.vosByWant.get(name) ?? index.vosByHave.get(name) ?? []),
    ...[...waiting].flatMap((name) => index.vosByHave.get(name) ?? []),
  ])
}

function vosOf(change: Change): string[] {
  const own = voOfScope(change.scope) ?? []
  const want = isRowChange(change) ? undefined : change.want
  const foreign = want !== undefined && isKind(want, 'Resource') ? assignedGroups(want).map(({ vo }) => vo) : []
  return foreign.concat(own)
}

function definitionsOf({ ofKind }: PairIndex): Definitions {
  return new Map(
    ofKind('Attribute').flatMap(({ want }) =>
      want !== undefined && isKind(want, 'Attribute') ? [[want.name, want] as const] : [],
    ),
  )
}

/** Names the scope of a pair, by its name after the commit. */
export function scopeOfPair({ have, want }: ObjectPair): Scope {
  const object = want ?? have
  return object === undefined ? 'instance' : scopeOf(object)
}
