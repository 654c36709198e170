import type { PersonIndex } from '../membership/person-marks.ts'
import { access } from '../membership/world.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import { groupBy } from '../model/group-by.ts'
import type { Scope } from '../model/scope.ts'
import { scopeOfPair } from './draft.ts'
import type { ObjectPair } from './pair-objects.ts'
import { namesOf, type DeltaContext, type SetDelta } from './set-delta.ts'

type Side = 'have' | 'want'

/** Adds up the facilities on which a resource's people differ. */
export function countFacilities(context: DeltaContext, resources: readonly SetDelta[]): SetDelta[] {
  const { draft } = context
  const moved = resources.filter(({ lost, gained, pair }) => lost.length + gained.length > 0 || hasMoved(pair))
  if (moved.length === 0) return []
  const byPair = new Map(resources.map((delta) => [delta.pair, delta]))
  const here = {
    have: groupBy(draft.ofKind('Resource'), (pair) => facilityName(pair, 'have')),
    want: groupBy(draft.ofKind('Resource'), (pair) => facilityName(pair, 'want')),
  }
  const touched = new Set(moved.flatMap(({ pair }) => [facilityName(pair, 'have'), facilityName(pair, 'want')]))
  const facilities = draft
    .ofKind('Facility')
    .filter(({ have, want }) => touched.has(have?.name ?? '') || touched.has(want?.name ?? ''))
  return facilities.map((pair) => {
    const names = { have: formerNames(pair), want: namesAfter(pair) }
    const people = (side: Side): PersonIndex[] => {
      const all = names[side].flatMap((name) => here[side].get(name) ?? [])
      return draft.marks.unique(
        ...all.map((resource) => peopleOn(context, resource, byPair.get(resource)?.[sides[side]])),
      )
    }
    return facilityDelta(context, pair, { before: people('have'), after: people('want'), resources: moved })
  })
}

const sides = { have: 'before', want: 'after' } as const

function hasMoved(pair: ObjectPair): boolean {
  return facilityName(pair, 'have') !== facilityName(pair, 'want')
}

function facilityName(pair: ObjectPair, side: Side): string {
  const object: ConfigObject | undefined = pair[side]
  return object !== undefined && isKind(object, 'Resource') ? object.spec.facility : ''
}

function formerNames({ have }: ObjectPair): string[] {
  return have === undefined ? [] : [have.name]
}

/** A resource that stays as it is still says the facility's former name. */
function namesAfter({ have, want }: ObjectPair): string[] {
  return want === undefined ? [] : [...new Set([want.name, have?.name ?? want.name])]
}

/** A resource without a delta has the same people on both sides. */
function peopleOn(
  { draft, worlds }: DeltaContext,
  { have }: ObjectPair,
  counted: readonly PersonIndex[] | undefined,
): readonly PersonIndex[] {
  if (counted !== undefined) return counted
  return have !== undefined && isKind(have, 'Resource') ? access(worlds.before, have, draft.marks) : []
}

interface OnFacility {
  readonly before: readonly PersonIndex[]
  readonly after: readonly PersonIndex[]
  /** The resources whose people differ. */
  readonly resources: readonly SetDelta[]
}

function facilityDelta({ draft }: DeltaContext, pair: ObjectPair, { before, after, resources }: OnFacility): SetDelta {
  const { marks } = draft
  const lostBy = new Map<Scope, PersonIndex[]>()
  for (const delta of resources) {
    if (facilityName(delta.pair, 'have') !== pair.have?.name) continue
    for (const [scope, people] of blamedOn(delta)) {
      const here = marks.without(people, after)
      if (here.length > 0) lostBy.set(scope, marks.unique(lostBy.get(scope) ?? [], here))
    }
  }
  const gaining = resources.filter((delta) => facilityName(delta.pair, 'want') === pair.want?.name)
  return {
    ...{ pair, before, after, lostBy },
    lost: marks.without(before, after),
    gained: marks.without(after, before),
    gainedBy: [...new Set(gaining.flatMap(({ gainedBy }) => gainedBy))],
    ...namesOf(pair),
  }
}

/** Where a resource loses nobody it has left the facility with everybody. */
function blamedOn(delta: SetDelta): ReadonlyMap<Scope, readonly PersonIndex[]> {
  return delta.lost.length > 0 ? delta.lostBy : new Map([[scopeOfPair(delta.pair), delta.before]])
}
