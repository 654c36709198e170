import { reach } from '../membership/group-graph.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import type { VoWorld } from '../membership/vo-world.ts'
import { assignedGroups } from '../membership/world.ts'
import { membersGroup } from '../config/references.ts'
import { isEqual } from '../model/equal.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { Draft } from './draft.ts'
import { hasOtherDate } from './endings.ts'
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
    const old = pair.have === undefined ? undefined : worlds.before.vo(pair.have.name)
    const now = pair.want === undefined ? undefined : worlds.after.vo(pair.want.name)
    const people = peopleWithOtherStatus(old, now)
    if (people.size > 0) vos.push(pair)
    const dirty = [...otherSets(draft, pair), ...setsWith(draft, pair, people)]
    const hasOtherMembers = people.size > 0 || hasOtherDate(pair)
    if (old !== undefined) before.set(old.vo.name, touchedNames(old, groupNames(dirty, 'have'), hasOtherMembers))
    if (now !== undefined) after.set(now.vo.name, touchedNames(now, groupNames(dirty, 'want'), hasOtherMembers))
  }
  return { vos, groups: touchedGroups(draft, before, after), resources: touchedResources(draft, before, after) }
}

type Statuses = VoWorld['statuses']
const nobody: Statuses = new Map()

function peopleWithOtherStatus(old: VoWorld | undefined, now: VoWorld | undefined): Set<PersonIndex> {
  const [before, after] = [old?.statuses ?? nobody, now?.statuses ?? nobody]
  if (before === after) return new Set()
  const gone = [...before.keys()].filter((person) => !after.has(person))
  return new Set([...gone, ...[...after.keys()].filter((person) => before.get(person) !== after.get(person))])
}

/** Groups with other rows, or that lie elsewhere now. */
function otherSets(draft: Draft, vo: ObjectPair): ObjectPair[] {
  const sets = (draft.setsByVo.get(nameOf(vo)) ?? []).filter((set) => draft.diffs.has(set))
  const isDirty = hasOtherDate(vo) ? () => true : liesElsewhere
  return [...sets.map(({ pair }) => pair), ...pairsIn(draft, vo).filter(isDirty)]
}

/** Groups with rows of somebody whose status differs. */
function setsWith(draft: Draft, vo: ObjectPair, people: ReadonlySet<PersonIndex>): ObjectPair[] {
  const users = new Set([...people].flatMap((person) => draft.people.ids[person] ?? []))
  if (users.size === 0) return []
  const sets = draft.setsByVo.get(nameOf(vo)) ?? []
  return sets.filter(({ have }) => have.some(({ user }) => users.has(user))).map(({ pair }) => pair)
}

function nameOf({ have, want }: ObjectPair): string {
  return (want ?? have)?.name ?? ''
}

function pairsIn(draft: Draft, { have, want }: ObjectPair): ObjectPair[] {
  const before = draft.pairsByHaveVo.get(have?.name ?? '') ?? []
  const after = draft.pairsByWantVo.get(want?.name ?? '') ?? []
  return [...before, ...after.filter((pair) => pair.have === undefined || pair.have.vo !== have?.name)]
}

function liesElsewhere({ have, want }: ObjectPair): boolean {
  if (have === undefined || want === undefined) return true
  if (!isKind(have, 'Group') || !isKind(want, 'Group') || have.spec === want.spec) return false
  if (have.spec.expires !== want.spec.expires) return true
  return have.name !== want.name || !isEqual(have.spec.includes ?? nothing, want.spec.includes ?? nothing)
}

const nothing: readonly string[] = []

function groupNames(pairs: readonly ObjectPair[], side: 'have' | 'want'): Set<string> {
  return new Set(pairs.flatMap((pair) => (pair[side]?.kind === 'Group' ? [pair[side].name] : [])))
}

/** The groups and everything above them, and `members` where its people differ. */
function touchedNames(part: VoWorld, dirty: ReadonlySet<string>, hasOtherMembers: boolean): Set<string> {
  const starts = [...dirty].flatMap((name) => part.graph.indexOf.get(name) ?? [])
  const names = new Set(reach(starts, part.graph.above).map((index) => part.graph.names[index] ?? ''))
  return hasOtherMembers ? names.add(membersGroup) : names
}

function touchedGroups(draft: Draft, before: Names, after: Names): ObjectPair[] {
  const isIn = (names: Names, object: ConfigObject | undefined): boolean =>
    object !== undefined && names.get(object.vo ?? '')?.has(object.name) === true
  return draft.ofKind('Group').filter(({ have, want }) => isIn(before, have) || isIn(after, want))
}

function touchedResources(draft: Draft, before: Names, after: Names): ObjectPair[] {
  const changed = new Set<unknown>(draft.documentChanges.flatMap(({ have, want }) => [have, want]))
  changed.delete(undefined)
  const facilities = new Set(
    draft.documentChanges.flatMap(({ kind, have, want }) => (kind === 'Facility' ? [have?.name, want?.name] : [])),
  )
  // Whose offer asks for a level depends on what sources and people there are.
  const limited = facilitiesWithLevels(draft)
  const vos = new Set(
    draft
      .ofKind('VO')
      .filter(hasOtherDate)
      .flatMap(({ have, want }) => [have?.name, want?.name]),
  )
  const isTouched = (object: ConfigObject<'Resource'>, names: Names): boolean =>
    changed.has(object) ||
    facilities.has(object.spec.facility) ||
    limited.has(object.spec.facility) ||
    vos.has(object.vo) ||
    assignedGroups(object).some(({ vo, name }) => names.get(vo)?.has(name) === true)
  if (changed.size === 0 && before.size === 0 && after.size === 0) return []
  return draft.ofKind('Resource').filter(({ have, want }) => {
    if (have !== undefined && isKind(have, 'Resource') && isTouched(have, before)) return true
    return want !== undefined && isKind(want, 'Resource') && isTouched(want, after)
  })
}

function facilitiesWithLevels(draft: Draft): Set<string> {
  const hasLevels = (object: ConfigObject | undefined): boolean =>
    object !== undefined &&
    isKind(object, 'Facility') &&
    (object.spec.offers ?? []).some(({ loa }) => loa !== undefined)
  return new Set(
    draft
      .ofKind('Facility')
      .flatMap(({ have, want }) => (hasLevels(have) || hasLevels(want) ? [have?.name ?? '', want?.name ?? ''] : [])),
  )
}
