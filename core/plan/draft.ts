import type { Definitions } from '../attributes/requirements.ts'
import type { Surroundings } from '../config/catalog.ts'
import { assignedGroups, type World } from '../membership/world.ts'
import { gatherPeople, type People, type TakenIdentity } from '../membership/people.ts'
import { createPersonMarks, type PersonIndex, type PersonMarks } from '../membership/person-marks.ts'
import { isKind, type ConfigKind, type ConfigObject, type DesiredObject } from '../model/config-object.ts'
import type { Finding } from '../model/finding.ts'
import { groupBy } from '../model/group-by.ts'
import type { Change, DocumentChange } from '../model/plan.ts'
import { scopeOf, type Scope } from '../model/scope.ts'
import type { Desired, IdentityRef, MemberStatus, Person, State } from '../model/state.ts'
import { diffDocuments } from './diff-documents.ts'
import { diffSet, holdersAfter, holdersOf, rowChanges, type SetDiff } from './diff-rows.ts'
import { asDesired, keepScopes, standIn, withRenamed } from './keep-scopes.ts'
import { orderChanges } from './order-changes.ts'
import { pairObjects, type ObjectPair } from './pair-objects.ts'
import { once, remember } from './once.ts'
import { offerJudge } from './offer-judge.ts'
import { listSets, type MemberSet } from './sets.ts'

/** What a commit changes, before anybody asks whether it may. */
export interface Draft {
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
  readonly diffs: ReadonlyMap<MemberSet, SetDiff>
  readonly setOf: ReadonlyMap<ObjectPair, MemberSet>
  /** By the VO's name after the commit, or in force for one that goes. */
  readonly setsByVo: ReadonlyMap<string, readonly MemberSet[]>
  readonly vosByHave: ReadonlyMap<string, ObjectPair>
  readonly vosByWant: ReadonlyMap<string, ObjectPair>
  /** Groups and resources. */
  readonly pairsByHaveVo: ReadonlyMap<string, readonly ObjectPair[]>
  readonly pairsByWantVo: ReadonlyMap<string, readonly ObjectPair[]>
  /** VOs whose people or their access may differ. */
  readonly touchedVos: ReadonlySet<ObjectPair>
  /** Whether a change of the instance may bear on who has access. */
  readonly touchesInstance: boolean
  readonly definitions: Definitions
  readonly isWithinOffer: World['isWithinOffer']
  /** The members in force of a VO, by its name in force. */
  membersOf(vo: string): ReadonlyMap<PersonIndex, MemberStatus>
  /** Stored values of holders other than user: `attribute user of`. */
  heldValues(): ReadonlySet<string>
}

/** What drafting needs besides state and commit. */
export interface DraftOptions {
  /** Scopes that stay as they are. */
  readonly kept: Iterable<Scope>
  /** Compiles the JSON Schemas that offers bring along. */
  readonly compileSchema: Surroundings['compileSchema']
}

const bearingOnAccess: ReadonlySet<ConfigKind> = new Set<ConfigKind>(['Attribute', 'Service', 'User', 'Facility'])

/** Compares what is in force with what a commit asks for, some scopes staying as they are. */
export function draftPlan(state: State, asked: Desired, { kept: scopes, compileSchema }: DraftOptions): Draft {
  const kept = withRenamed(new Set(scopes), state, asked)
  const { desired, keepsAll } = standIn(keepScopes(asked, state, kept), state)
  const pairing = pairObjects(state.objects, desired.objects)
  const pairs = keepsAll ? pairing.pairs.map(keepPair) : pairing.pairs
  const { people, taken } = peopleOf(state, desired, pairs)
  const marks = createPersonMarks(people)
  const membersOf = membersByVo(state, people)
  const sets = listSets(pairs, { have: state.rows, want: desired.rows })
  const diffs = diffSets(sets, { people, marks, keepsAll, kept, membersOf })
  const documentChanges = diffDocuments(pairs)
  const rows = [...diffs.values()].flatMap((diff) => rowChanges(diff, people))
  const changes = orderChanges([...documentChanges, ...rows])
  const index = indexPairs(pairs)
  const touchesInstance = documentChanges.some(({ scope, kind }) => scope === 'instance' && bearingOnAccess.has(kind))
  return {
    ...{
      state,
      desired,
      kept,
      pairs,
      people,
      taken,
      marks,
      changes,
      documentChanges,
      diffs,
      membersOf,
      touchesInstance,
    },
    ...index,
    findings: pairing.findings,
    isWithinOffer: offerJudge(compileSchema),
    setOf: new Map(sets.map((set) => [set.pair, set])),
    setsByVo: groupBy(sets, ({ vo }) => vo),
    touchedVos: touchesInstance ? new Set(index.vos) : touchedVos(changes, index),
    definitions: definitionsOf(pairs),
    heldValues: once(() => heldValues(state, pairs)),
  }
}

/** Nothing vanishes while a new file cannot be read: what it holds is unknown. */
function keepPair(pair: ObjectPair): ObjectPair {
  return pair.want === undefined && pair.have !== undefined ? { have: pair.have, want: asDesired(pair.have) } : pair
}

function peopleOf(state: State, desired: Desired, pairs: readonly ObjectPair[]): ReturnType<typeof gatherPeople> {
  const former = new Map<DesiredObject, readonly IdentityRef[]>()
  const documents: Extract<DesiredObject, { readonly kind: 'User' }>[] = []
  const sources = new Map<string, string>()
  for (const { have, want } of pairs) {
    if (want === undefined) continue
    if (isKind(want, 'User')) documents.push(want)
    if (have !== undefined && isKind(have, 'User')) former.set(want, have.spec.identities)
    if (have?.kind === 'Source' && have.name !== want.name) sources.set(have.name, want.name)
  }
  return gatherPeople({
    people: sources.size === 0 ? state.people : state.people.map((person) => inRenamedSources(person, sources)),
    documents: documents.sort((a, b) => (a.name < b.name ? -1 : 1)),
    formerIdentities: (document) => former.get(document) ?? [],
    rows: desired.rows,
  })
}

function inRenamedSources(person: Person, sources: ReadonlyMap<string, string>): Person {
  const identities = person.identities.map((identity) => {
    const slash = identity.indexOf('/')
    const source = sources.get(identity.slice(0, slash))
    return source === undefined ? identity : `${source}${identity.slice(slash)}`
  })
  return { ...person, identities }
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

interface SetsContext extends Pick<Draft, 'people' | 'marks' | 'kept' | 'membersOf'> {
  readonly keepsAll: boolean
}

/** Compares all sets, the groups first: who is left in a VO by nothing shows only then. */
function diffSets(sets: readonly MemberSet[], context: SetsContext): Map<MemberSet, SetDiff> {
  const { people, marks, kept, membersOf } = context
  const diffs = new Map<MemberSet, SetDiff>()
  const groupsByVo = once(() =>
    groupBy(
      sets.filter(({ kind }) => kind === 'GroupMember'),
      ({ vo }) => vo,
    ),
  )
  const heldByNothing = (set: MemberSet): PersonIndex[] => {
    const members = [...membersOf(set.pair.have?.name ?? set.vo).keys()]
    const holders = (groupsByVo().get(set.vo) ?? []).map((group) => holdersAfter(group, diffs.get(group), { people }))
    const own = holdersOf(set.have, people)
    const held = [...holders, own].flatMap(({ valid, expired }) => [...valid, ...expired])
    return marks.without(members, held)
  }
  for (const kind of ['GroupMember', 'Member']) {
    for (const set of sets) {
      const diff = set.kind !== kind || kept.has(set.scope) ? undefined : diffSet(set, { ...context, heldByNothing })
      if (diff !== undefined) diffs.set(set, diff)
    }
  }
  return diffs
}

interface PairIndex extends Pick<Draft, 'vosByHave' | 'vosByWant' | 'pairsByHaveVo' | 'pairsByWantVo'> {
  readonly vos: readonly ObjectPair[]
}

function indexPairs(pairs: readonly ObjectPair[]): PairIndex {
  const vos = pairs.filter(({ have, want }) => (want ?? have)?.kind === 'VO')
  const named = (side: 'have' | 'want'): Map<string, ObjectPair> =>
    new Map(vos.flatMap((pair) => (pair[side] === undefined ? [] : [[pair[side].name, pair] as const])))
  const inVo = (side: 'have' | 'want'): Map<string, ObjectPair[]> =>
    groupBy(
      pairs.filter((pair) => pair[side]?.vo !== undefined),
      (pair) => pair[side]?.vo ?? '',
    )
  return {
    vos,
    vosByHave: named('have'),
    vosByWant: named('want'),
    pairsByHaveVo: inVo('have'),
    pairsByWantVo: inVo('want'),
  }
}

/** VOs with changes, and those whose groups a changed resource names. */
function touchedVos(changes: readonly Change[], index: PairIndex): Set<ObjectPair> {
  const names = new Set<string>()
  for (const change of changes) {
    if (change.scope !== 'instance') names.add(change.scope.slice('vo:'.length))
    if (!('want' in change) || change.want === undefined || !isKind(change.want, 'Resource')) continue
    for (const { vo } of assignedGroups(change.want)) names.add(vo)
  }
  return new Set([...names].flatMap((name) => index.vosByWant.get(name) ?? index.vosByHave.get(name) ?? []))
}

function definitionsOf(pairs: readonly ObjectPair[]): Definitions {
  const definitions = new Map<string, ConfigObject<'Attribute'>>()
  for (const { want } of pairs) if (want !== undefined && isKind(want, 'Attribute')) definitions.set(want.name, want)
  return definitions
}

/** Values by `attribute user of`, under the new names of what moved too. */
function heldValues(state: State, pairs: readonly ObjectPair[]): Set<string> {
  const moved = new Map<string, string>()
  for (const { have, want } of pairs) {
    if (have === undefined || want === undefined || have.name === want.name) continue
    if (have.kind === 'VO' || have.kind === 'Facility' || have.kind === 'Attribute') moved.set(have.name, want.name)
  }
  const values = new Set<string>()
  for (const { attribute, user, of } of state.heldValues) {
    values.add(`${attribute} ${user} ${of}`)
    values.add(`${moved.get(attribute) ?? attribute} ${user} ${moved.get(of) ?? of}`)
  }
  return values
}

/** Names the scope of a pair, by its name after the commit. */
export function scopeOfPair({ have, want }: ObjectPair): Scope {
  const object = want ?? have
  return object === undefined ? 'instance' : scopeOf(object)
}
