import { isBroughtBack } from '../lifecycle/source-lets-go.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import type { VoWorld } from '../membership/vo-world.ts'
import type { MemberStatus, MembershipRow } from '../model/state.ts'
import { holdersAfter, lapsedPeople, noDiff, type SetDiff } from './diff-rows.ts'
import type { Draft } from './draft.ts'
import { stayingHolders } from './holders-in-vo.ts'
import type { ObjectPair } from './pair-objects.ts'
import type { MemberSet } from './sets.ts'

type VoBase = Omit<VoWorld, 'statuses'>

/**
 * Who will be a member, with the status that the gates start from: those in force and those with a new row, without those
 * whose own row goes and whom nothing else holds. Whom only rows hold that are over is EXPIRED; a row of git that is new or
 * has a new date lifts what no person set.
 */
export function membersAfter(
  draft: Draft,
  pair: ObjectPair,
  base: VoBase,
): ReadonlyMap<PersonIndex, MemberStatus | undefined> {
  const vo = pair.have?.name
  const former = vo === undefined ? new Map<PersonIndex, MemberStatus>() : draft.membersOf(vo)
  const ended = endedMembers(draft, pair, base)
  const sets = draft.setsByVo.get(base.vo.name) ?? []
  const lapsed = lapsedBySet(draft, sets)
  const starting = sets.flatMap((set) =>
    [...writtenIn(draft, set), ...ruledIn(draft, set)].filter((person) => {
      const status = former.get(person)
      if (status === undefined) return true
      const isLasting = lapsed.get(set)?.has(person) !== true || ruledIn(draft, set).includes(person)
      return isLasting && isBroughtBack({ status, endedByPerson: draft.endedByPerson(vo, person) })
    }),
  )
  const over = heldByWhatIsOver(draft, sets, lapsed)
  if (ended.size + starting.length + over.size === 0) return former
  const members = new Map<PersonIndex, MemberStatus | undefined>(former)
  for (const person of ended) members.delete(person)
  for (const person of starting) members.set(person, undefined)
  for (const person of over)
    if (members.has(person) && members.get(person) !== 'DISABLED') members.set(person, 'EXPIRED')
  return members
}

type LeftContext = Pick<Draft, 'diffs' | 'membersOf' | 'people' | 'setsByVo' | 'today' | 'vosByWant'>

/** Lists who will be a member of a VO, by its name after the commit. */
export function membersLeft(context: LeftContext, vo: string): Set<PersonIndex> {
  const have = context.vosByWant.get(vo)?.have?.name
  const members = new Set(have === undefined ? [] : context.membersOf(have).keys())
  for (const person of leavingAltogether(context, vo)) members.delete(person)
  for (const set of context.setsByVo.get(vo) ?? []) {
    const { added, redated, ruled } = context.diffs.get(set) ?? noDiff(set)
    for (const person of [...added, ...redated, ...ruled]) members.add(person)
  }
  return members
}

function leavingAltogether({ setsByVo, diffs, people, today }: LeftContext, vo: string): PersonIndex[] {
  const sets = setsByVo.get(vo) ?? []
  const leaving = sets.filter(({ kind }) => kind === 'Member').flatMap((set) => leavingBy(diffs.get(set)))
  if (leaving.length === 0) return []
  const holders = sets.map((set) => holdersAfter(set, diffs.get(set), { people, today }))
  const held = new Set(holders.flatMap(({ valid, expired }) => [...valid, ...expired]))
  return leaving.filter((person) => !held.has(person))
}

/** Whose own rows of a VO go. */
function leavingBy(diff: SetDiff | undefined): PersonIndex[] {
  if (diff === undefined) return []
  return [...diff.removed, ...diff.expelled, ...diff.unsynced.map(({ person }) => person)]
}

/** People whose own row goes and whom no other row holds. */
function endedMembers(draft: Draft, pair: ObjectPair, base: VoBase): Set<PersonIndex> {
  const own = draft.setOf.get(pair)
  const diff = own === undefined ? undefined : draft.diffs.get(own)
  const leaving = leavingBy(diff)
  if (leaving.length === 0) return new Set()
  const all = [base.own(), ...base.graph.names.map((_, group) => base.holders(group))]
  const held = new Set(all.flatMap(({ valid, expired }) => [...valid, ...expired]))
  return new Set(leaving.filter((person) => !held.has(person)))
}

/** Whose rows of a set are new or have a new date. */
function writtenIn({ diffs }: Draft, set: MemberSet): readonly PersonIndex[] {
  const diff = diffs.get(set)
  return diff === undefined ? [] : [...diff.added, ...diff.redated]
}

/** Whom the rule of a set brings in. */
function ruledIn({ diffs }: Draft, set: MemberSet): readonly PersonIndex[] {
  return diffs.get(set)?.ruled ?? []
}

/** Those among them whose row is over from the start. */
type Lapsed = ReadonlyMap<MemberSet, ReadonlySet<PersonIndex>>

function lapsedBySet(draft: Draft, sets: readonly MemberSet[]): Lapsed {
  const lapsed = new Map<MemberSet, ReadonlySet<PersonIndex>>()
  for (const set of sets) {
    const diff = draft.diffs.get(set)
    const over = diff === undefined ? [] : lapsedPeople(diff, draft.today(set.vo))
    if (over.length > 0) lapsed.set(set, new Set(over))
  }
  return lapsed
}

/** People whom rows hold, all of them over. */
function heldByWhatIsOver(draft: Draft, sets: readonly MemberSet[], lapsed: Lapsed): Set<PersonIndex> {
  const suspects = sets.filter((set) => lapsed.has(set) || set.have.some(({ status }) => status === 'EXPIRED'))
  const over = new Set(suspects.flatMap((set) => [...(lapsed.get(set) ?? []), ...holdersBy(draft, set, 'EXPIRED')]))
  if (over.size === 0) return over
  for (const set of sets) {
    const lasting = writtenIn(draft, set).filter((person) => lapsed.get(set)?.has(person) !== true)
    for (const person of [...lasting, ...ruledIn(draft, set), ...holdersBy(draft, set, 'VALID')]) over.delete(person)
  }
  return over
}

function holdersBy({ diffs, people }: Draft, set: MemberSet, wanted: MembershipRow['status']): PersonIndex[] {
  return stayingHolders(set, diffs.get(set), people).flatMap(({ person, status }) =>
    status === wanted ? [person] : [],
  )
}
