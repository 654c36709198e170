import { reach } from '../membership/group-graph.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import type { VoWorld } from '../membership/vo-world.ts'
import { assignedGroups, type World } from '../membership/world.ts'
import { membersGroup } from '../config/references.ts'
import { isEqual } from '../model/equal.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { Draft } from './draft.ts'
import type { ObjectPair } from './pair-objects.ts'
import type { Worlds } from './worlds.ts'

/** The sets of people that may differ after the changes. */
export interface Touched {
  readonly vos: readonly ObjectPair[]
  readonly groups: readonly ObjectPair[]
  readonly resources: readonly ObjectPair[]
}

type Names = Map<string, Set<string>>

/** Finds the VOs, groups and resources whose people may differ, so that nothing else is counted. */
export function findTouched(draft: Draft, worlds: Worlds): Touched {
  const before: Names = new Map()
  const after: Names = new Map()
  const vos: ObjectPair[] = []
  for (const pair of draft.touchedVos) {
    const sides = { pair, old: partOf(worlds.before, pair.have), new: partOf(worlds.after, pair.want) }
    const people = peopleWithOtherStatus(sides)
    if (people.size > 0) vos.push(pair)
    const dirty = dirtyGroups(draft, pair)
    if (sides.old !== undefined) before.set(sides.old.vo.name, touchedNames(sides.old, dirty.before, people))
    if (sides.new !== undefined) after.set(sides.new.vo.name, touchedNames(sides.new, dirty.after, people))
  }
  return { vos, groups: touchedGroups(draft, before, after), resources: touchedResources(draft, before, after) }
}

interface Sides {
  readonly pair: ObjectPair
  readonly old: VoWorld | undefined
  readonly new: VoWorld | undefined
}

function partOf(world: World, vo: ConfigObject | undefined): VoWorld | undefined {
  return vo === undefined ? undefined : world.vo(vo.name)
}

function peopleWithOtherStatus(sides: Sides): Set<PersonIndex> {
  const people = new Set<PersonIndex>()
  if (sides.old?.statuses === sides.new?.statuses) return people
  for (const [person, status] of sides.new?.statuses ?? []) {
    if (sides.old?.statuses.get(person) !== status) people.add(person)
  }
  for (const person of sides.old?.statuses.keys() ?? []) {
    if (sides.new?.statuses.has(person) !== true) people.add(person)
  }
  return people
}

/** Groups with other rows, or that lie elsewhere now, by their names on both sides. */
function dirtyGroups(draft: Draft, vo: ObjectPair): { readonly before: Set<string>; readonly after: Set<string> } {
  const before = new Set<string>()
  const after = new Set<string>()
  const note = ({ have, want }: ObjectPair): void => {
    if (have?.kind === 'Group') before.add(have.name)
    if (want?.kind === 'Group') after.add(want.name)
  }
  for (const set of draft.setsByVo.get((vo.want ?? vo.have)?.name ?? '') ?? []) if (draft.diffs.has(set)) note(set.pair)
  const pairs = [
    ...(draft.pairsByHaveVo.get(vo.have?.name ?? '') ?? []),
    ...(draft.pairsByWantVo.get(vo.want?.name ?? '') ?? []),
  ]
  for (const pair of pairs) if (liesElsewhere(pair)) note(pair)
  return { before, after }
}

function liesElsewhere({ have, want }: ObjectPair): boolean {
  if (have === undefined || want === undefined) return true
  if (!isKind(have, 'Group') || !isKind(want, 'Group') || have.spec === want.spec) return false
  return have.name !== want.name || !isEqual(have.spec.includes ?? [], want.spec.includes ?? [])
}

/** The groups and everything above them, and `members` where somebody's status differs. */
function touchedNames(part: VoWorld, dirty: ReadonlySet<string>, people: ReadonlySet<PersonIndex>): Set<string> {
  const starts = [...dirty].flatMap((name) => part.graph.indexOf.get(name) ?? [])
  if (people.size > 0) {
    for (const index of part.graph.names.keys()) {
      if (part.holders(index).valid.some((person) => people.has(person))) starts.push(index)
    }
  }
  const names = new Set(reach(starts, part.graph.above).map((index) => part.graph.names[index] ?? ''))
  return people.size > 0 ? names.add(membersGroup) : names
}

function touchedGroups(draft: Draft, before: Names, after: Names): ObjectPair[] {
  const touched = new Set<ObjectPair>()
  for (const [vo, names] of before) {
    for (const pair of draft.pairsByHaveVo.get(vo) ?? [])
      if (pair.have?.kind === 'Group' && names.has(pair.have.name)) touched.add(pair)
  }
  for (const [vo, names] of after) {
    for (const pair of draft.pairsByWantVo.get(vo) ?? [])
      if (pair.want?.kind === 'Group' && names.has(pair.want.name)) touched.add(pair)
  }
  return [...touched]
}

function touchedResources(draft: Draft, before: Names, after: Names): ObjectPair[] {
  const changed = new Set<unknown>(draft.documentChanges.flatMap(({ have, want }) => [have, want]))
  changed.delete(undefined)
  const facilities = new Set(
    draft.documentChanges.flatMap(({ kind, have, want }) => (kind === 'Facility' ? [have?.name, want?.name] : [])),
  )
  const isTouched = (object: ConfigObject<'Resource'>, names: Names): boolean =>
    changed.has(object) ||
    facilities.has(object.spec.facility) ||
    assignedGroups(object).some(({ vo, name }) => names.get(vo)?.has(name) === true)
  if (changed.size === 0 && before.size === 0 && after.size === 0) return []
  return draft.pairs.filter(({ have, want }) => {
    if (have !== undefined && isKind(have, 'Resource') && isTouched(have, before)) return true
    return want !== undefined && isKind(want, 'Resource') && isTouched(want, after)
  })
}
