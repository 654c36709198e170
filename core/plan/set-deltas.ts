import type { PersonIndex } from '../membership/person-marks.ts'
import { effectiveMembers, validMembers, type VoWorld } from '../membership/vo-world.ts'
import { access, assignedGroups, type World } from '../membership/world.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import { groupBy } from '../model/group-by.ts'
import type { Scope } from '../model/scope.ts'
import type { WatchedSet } from '../model/state.ts'
import { scopeOfPair, type Draft } from './draft.ts'
import type { ObjectPair } from './pair-objects.ts'
import type { Touched } from './touched.ts'
import type { Worlds } from './worlds.ts'

/** How a set of people with access differs. */
export interface SetDelta {
  readonly pair: ObjectPair
  /** By its name after the changes. */
  readonly set: WatchedSet
  /** By its name in force. */
  readonly formerSet: WatchedSet
  readonly before: readonly PersonIndex[]
  readonly after: readonly PersonIndex[]
  readonly lost: readonly PersonIndex[]
  readonly gained: readonly PersonIndex[]
  /** Who loses through which scope. */
  readonly lostBy: ReadonlyMap<Scope, readonly PersonIndex[]>
  /** The scopes that add people. */
  readonly gainedBy: readonly Scope[]
}

/** What a delta is counted from. */
export interface DeltaContext {
  readonly draft: Draft
  readonly worlds: Worlds
  readonly changedScopes: ReadonlySet<Scope>
}

type Side = 'have' | 'want'
type Count = (world: World, object: ConfigObject) => readonly PersonIndex[]

/** Counts every touched VO, group and resource, and the facilities of the resources that differ. */
export function countDeltas(context: DeltaContext, touched: Touched): SetDelta[] {
  const { marks } = context.draft
  const countVo: Count = (world, { name }) => inPart(world.vo(name), validMembers)
  const countGroup: Count = (world, { vo, name }) =>
    inPart(world.vo(vo ?? ''), (part) => effectiveMembers(part, name, marks))
  const countResource: Count = (world, object) => (isKind(object, 'Resource') ? access(world, object, marks) : [])
  const sets = [
    ...touched.vos.map((pair) => countDelta(context, pair, countVo)),
    ...touched.groups.map((pair) => countDelta(context, pair, countGroup)),
  ]
  const resources = touched.resources.map((pair) => countDelta(context, pair, countResource))
  return [...sets, ...resources, ...countFacilities(context, resources)]
}

function inPart(part: VoWorld | undefined, count: (part: VoWorld) => readonly PersonIndex[]): readonly PersonIndex[] {
  return part === undefined ? [] : count(part)
}

function countDelta(context: DeltaContext, pair: ObjectPair, count: Count): SetDelta {
  const { draft, worlds } = context
  const { have, want } = pair
  const before = have === undefined ? [] : count(worlds.before, have)
  const after = want === undefined ? [] : count(worlds.after, want)
  const lost = draft.marks.without(before, after)
  const gained = draft.marks.without(after, before)
  return {
    ...{ pair, before, after, lost, gained },
    ...namesOf(pair),
    lostBy: blame(context, { pair, lost, count }),
    gainedBy: gained.length === 0 ? [] : [likelyScope(context, pair)],
  }
}

function namesOf(pair: ObjectPair): Pick<SetDelta, 'set' | 'formerSet'> {
  const set = watchedSet(pair.want ?? pair.have)
  return { set, formerSet: watchedSet(pair.have ?? pair.want) }
}

function watchedSet(object: ConfigObject | undefined): WatchedSet {
  const name = object?.name ?? ''
  switch (object?.kind) {
    case 'VO':
      return { kind: 'vo', vo: name }
    case 'Group':
      return { kind: 'group', vo: object.vo ?? '', name }
    case 'Resource':
      return { kind: 'resource', vo: object.vo ?? '', name }
    default:
      return { kind: 'facility', name }
  }
}

/** The VO's own scope where it changes; else what changes from outside. */
function likelyScope({ changedScopes, draft }: DeltaContext, pair: ObjectPair): Scope {
  const own = scopeOfPair(pair)
  if (changedScopes.has(own)) return own
  return foreignScopes(draft, pair).find((scope) => changedScopes.has(scope)) ?? 'instance'
}

/** Other VOs whose groups are assigned to a resource. */
function foreignScopes(draft: Draft, { have, want }: ObjectPair): Scope[] {
  const names = [have, want].flatMap((object) =>
    object !== undefined && isKind(object, 'Resource') ? assignedGroups(object).map(({ vo }) => vo) : [],
  )
  return [...new Set(names.map((vo): Scope => `vo:${draft.vosByHave.get(vo)?.want?.name ?? vo}`))]
}

/** Tells through which scope each loss comes: instance first, then the VO itself, then VOs whose groups it uses. */
function blame(
  context: DeltaContext,
  { pair, lost, count }: { readonly pair: ObjectPair; readonly lost: readonly PersonIndex[]; readonly count: Count },
): Map<Scope, readonly PersonIndex[]> {
  const blamed = new Map<Scope, readonly PersonIndex[]>()
  const { draft, worlds, changedScopes } = context
  if (lost.length === 0) return blamed
  const byInstance =
    draft.touchesInstance && pair.have !== undefined ? draft.marks.without(lost, count(worlds.between, pair.have)) : []
  let rest: readonly PersonIndex[] = draft.marks.without(lost, byInstance)
  if (byInstance.length > 0) blamed.set('instance', byInstance)
  const own = scopeOfPair(pair)
  const foreign = foreignScopes(draft, pair).filter((scope) => scope !== own && changedScopes.has(scope))
  if (foreign.length > 0 && changedScopes.has(own) && pair.want !== undefined) {
    const byOwn = draft.marks.without(rest, count(ownOnly(worlds, own), pair.want))
    if (byOwn.length > 0) blamed.set(own, byOwn)
    rest = draft.marks.without(rest, byOwn)
  }
  if (rest.length === 0) return blamed
  const others = foreign.length > 0 ? foreign : changedScopes.has(own) ? [own] : (['instance'] as const)
  for (const scope of others) blamed.set(scope, [...(blamed.get(scope) ?? []), ...rest])
  return blamed
}

/** The world in which one VO has changed and the others have not yet. */
function ownOnly({ after, before }: Worlds, own: Scope): World {
  return { ...after, vo: (name) => (`vo:${name}` === own ? after.vo(name) : (before.vo(name) ?? after.vo(name))) }
}

/** Adds up the facilities on which a resource's people differ. */
function countFacilities(context: DeltaContext, resources: readonly SetDelta[]): SetDelta[] {
  const { draft } = context
  const byPair = new Map(resources.map((delta) => [delta.pair, delta]))
  const moved = resources.filter(
    ({ lost, gained, pair }) =>
      lost.length + gained.length > 0 || facilityName(pair, 'have') !== facilityName(pair, 'want'),
  )
  if (moved.length === 0) return []
  const all = draft.pairs.filter(({ have, want }) => (want ?? have)?.kind === 'Resource')
  const here = {
    have: groupBy(all, (pair) => facilityName(pair, 'have')),
    want: groupBy(all, (pair) => facilityName(pair, 'want')),
  }
  const touched = new Set(moved.flatMap(({ pair }) => [facilityName(pair, 'have'), facilityName(pair, 'want')]))
  const facilities = draft.pairs.filter(
    ({ have, want }) =>
      (want ?? have)?.kind === 'Facility' && (touched.has(have?.name ?? '') || touched.has(want?.name ?? '')),
  )
  return facilities.map((pair) => {
    const before = resourcesOn(pair.have, here.have).map((resource) =>
      peopleOn(context, { resource, side: 'have', delta: byPair.get(resource) }),
    )
    const names = pair.want === undefined ? [] : [...new Set([pair.want.name, pair.have?.name ?? pair.want.name])]
    const after = names
      .flatMap((name) => here.want.get(name) ?? [])
      .map((resource) => peopleOn(context, { resource, side: 'want', delta: byPair.get(resource) }))
    return facilityDelta(context, pair, { before, after, resources: moved })
  })
}

function resourcesOn(
  facility: ConfigObject | undefined,
  here: ReadonlyMap<string, readonly ObjectPair[]>,
): readonly ObjectPair[] {
  return facility === undefined ? [] : (here.get(facility.name) ?? [])
}

function facilityName(pair: ObjectPair, side: Side): string {
  const object = pair[side]
  return object !== undefined && isKind(object, 'Resource') ? object.spec.facility : ''
}

function peopleOn(
  { draft, worlds }: DeltaContext,
  {
    resource,
    side,
    delta,
  }: { readonly resource: ObjectPair; readonly side: Side; readonly delta: SetDelta | undefined },
): readonly PersonIndex[] {
  if (delta !== undefined) return side === 'have' ? delta.before : delta.after
  const object = resource.have
  return object !== undefined && isKind(object, 'Resource') ? access(worlds.before, object, draft.marks) : []
}

function facilityDelta(
  context: DeltaContext,
  pair: ObjectPair,
  on: {
    readonly before: readonly (readonly PersonIndex[])[]
    readonly after: readonly (readonly PersonIndex[])[]
    readonly resources: readonly SetDelta[]
  },
): SetDelta {
  const { marks } = context.draft
  const before = marks.unique(...on.before)
  const after = marks.unique(...on.after)
  const lost = marks.without(before, after)
  const lostBy = new Map<Scope, PersonIndex[]>()
  const gainedBy = new Set<Scope>()
  for (const delta of on.resources) {
    if (facilityName(delta.pair, 'want') === pair.want?.name) for (const scope of delta.gainedBy) gainedBy.add(scope)
    if (facilityName(delta.pair, 'have') !== pair.have?.name) continue
    const blamed = delta.lost.length > 0 ? delta.lostBy : new Map([[scopeOfPair(delta.pair), delta.before]])
    for (const [scope, people] of blamed) {
      const here = marks.without(people, after)
      if (here.length > 0) lostBy.set(scope, marks.unique(lostBy.get(scope) ?? [], here))
    }
  }
  const gained = marks.without(after, before)
  return { ...{ pair, before, after, lost, gained, lostBy, gainedBy: [...gainedBy] }, ...namesOf(pair) }
}
