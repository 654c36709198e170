import type { PersonIndex } from '../membership/person-marks.ts'
import type { Draft } from './draft.ts'
import { isRowOf } from './dropped-sources.ts'
import {
  holdersAfter,
  isExclusive,
  isOwnWord,
  noDiff,
  wantedPeople,
  type RowContext,
  type SetDiff,
} from './diff-rows.ts'
import { heldAfter } from './holders-in-vo.ts'
import type { MemberSet } from './sets.ts'

/** What tells who is left in a VO by nothing. */
export interface LeavingContext
  extends Pick<RowContext, 'droppedBy' | 'keepsAll' | 'marks' | 'people' | 'today'>, Pick<Draft, 'kept' | 'membersOf'> {
  readonly sets: readonly MemberSet[]
  /** The sets of the groups of a VO, by its name after the commit. */
  readonly groupsOf: (vo: string) => readonly MemberSet[]
}

type Diffs = Map<MemberSet, SetDiff>

/** Lists the members of a VO whom its document does not name, no source gives it, and no row of a group holds once the groups have changed. */
export function heldByNothing(vo: MemberSet, diffs: Diffs, context: LeavingContext): PersonIndex[] {
  const { marks, people, membersOf, groupsOf, droppedBy } = context
  const members = [...membersOf(vo.pair.have?.name ?? vo.vo).keys()]
  if (members.length === 0) return members
  const held = groupsOf(vo.vo).flatMap((group) => heldAfter(group, diffs.get(group), people))
  const dropped = droppedBy(vo)
  const given = vo.have.flatMap((row) =>
    isOwnWord(row.origin) && !isRowOf(dropped, row) ? (people.ofId(row.user) ?? []) : [],
  )
  return marks.without(members, [...wantedPeople(vo, context), ...given, ...held])
}

/**
 * Takes those whom nothing holds in an exclusive VO any more out of its groups, where only others than git, sources and rules had
 * put them. Tells whether it did: rules may say otherwise then.
 */
export function leaveGroups(diffs: Diffs, context: LeavingContext): boolean {
  if (context.keepsAll) return false
  const vos = context.sets.filter((set) => set.kind === 'Member' && isExclusive(set) && !context.kept.has(set.scope))
  return vos.map((vo) => leaveGroupsOf(vo, diffs, context)).includes(true)
}

function leaveGroupsOf(vo: MemberSet, diffs: Diffs, context: LeavingContext): boolean {
  const { marks, groupsOf } = context
  const gone = new Set(heldByNothing(vo, diffs, context))
  if (gone.size === 0) return false
  let isLeft = false
  for (const group of groupsOf(vo.vo)) {
    const before = diffs.get(group) ?? noDiff(group)
    const { valid, expired } = holdersAfter(group, before, context)
    const leaving = [...valid, ...expired].filter((person) => gone.has(person))
    if (leaving.length === 0) continue
    const expelled = marks.unique(before.expelled, leaving)
    diffs.set(group, {
      ...before,
      expelled,
      removed: marks.without(before.removed, expelled),
      released: marks.without(before.released, expelled),
      ...(isExclusive(group) || vo.at === undefined ? {} : { expelledAt: vo.at }),
    })
    isLeft = true
  }
  return isLeft
}
