import { membersGroup } from '../config/references.ts'
import { reach } from '../membership/group-graph.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import { countedMembers, type VoWorld } from '../membership/vo-world.ts'
import type { World } from '../membership/world.ts'
import { comparePositions } from '../model/compare.ts'
import { isKind, type DesiredObject } from '../model/config-object.ts'
import { countPeople } from '../model/count.ts'
import type { Finding, Position } from '../model/finding.ts'
import { scopeOf } from '../model/scope.ts'
import { firstTooMany } from './check-capacity.ts'
import type { Draft } from './draft.ts'
import type { ObjectPair } from './pair-objects.ts'
import type { Touched } from './touched.ts'
import type { Worlds } from './worlds.ts'

/** Finds VOs and groups that would have to take more people than they have places; people in already may stay. */
export function checkSetCapacity(draft: Draft, worlds: Worlds, { vos, groups }: Touched): Finding[] {
  return [...vos, ...groups].flatMap((pair) => checkSet({ draft, worlds, pair }) ?? [])
}

interface SetInput {
  readonly draft: Draft
  readonly worlds: Worlds
  readonly pair: ObjectPair
}

function checkSet(input: SetInput): Finding | undefined {
  const { draft, worlds, pair } = input
  const want = limited(pair.want)
  if (want === undefined) return undefined
  const { name, object, maxMembers } = want
  const world = worlds.after.vo(voOf(object))
  if (world === undefined) return undefined
  const after = countedMembers(world, groupOf(object), draft.marks)
  const first = firstTooMany(draft, { before: countedBefore(input), after, maxMembers })
  if (first === undefined) return undefined
  return {
    severity: 'error',
    code: 'full',
    message: `"${draft.people.names[first] ?? ''}" finds no place: ${name} takes ${countPeople(maxMembers)}, ${after.length} would be in it`,
    at: placeOf({ draft, world, want: object }, first),
    scope: scopeOf(object),
  }
}

/** Takes the VO or group, where it has places for so many only. */
export function limited(object: DesiredObject | undefined) {
  if (object === undefined || !(isKind(object, 'VO') || isKind(object, 'Group'))) return undefined
  const { maxMembers } = object.spec
  const name = object.vo === undefined ? `VO "${object.name}"` : `group "${object.vo}/${object.name}"`
  return maxMembers === undefined ? undefined : { object, maxMembers, name }
}

function countedBefore({ draft, worlds, pair: { have } }: SetInput): PersonIndex[] {
  return have === undefined ? [] : countedInSet(draft, worlds.before, have)
}

/** Lists who takes a place in a VO or group. */
export function countedInSet(
  { marks }: Pick<Draft, 'marks'>,
  worlds: World,
  object: { readonly vo?: string; readonly name: string },
): PersonIndex[] {
  const world = worlds.vo(voOf(object))
  return world === undefined ? [] : countedMembers(world, groupOf(object), marks)
}

function voOf({ vo, name }: { readonly vo?: string; readonly name: string }): string {
  return vo ?? name
}

function groupOf({ vo, name }: { readonly vo?: string; readonly name: string }): string {
  return vo === undefined ? membersGroup : name
}

/** The line that brings the person in: a row of the set or of a group that lies in it, else the document. */
function placeOf(
  { draft, world, want }: { readonly draft: Draft; readonly world: VoWorld; readonly want: DesiredObject },
  person: PersonIndex,
): Position {
  const { graph } = world
  const index = graph.indexOf.get(want.name)
  const inGroup = new Set(
    want.vo === undefined || index === undefined ? [] : reach([index], graph.below).map((group) => graph.names[group]),
  )
  const [row] = draft.desired.rows
    .filter(({ vo, group, user }) => {
      const isIn = vo === voOf(want) && (want.vo === undefined || (group !== undefined && inGroup.has(group)))
      return isIn && draft.people.find(user) === person
    })
    .toSorted((a, b) => comparePositions(a.at, b.at))
  return row?.at ?? want.at
}
