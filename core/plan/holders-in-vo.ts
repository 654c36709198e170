import type { People } from '../membership/people.ts'
import type { PersonIndex } from '../membership/person-marks.ts'
import type { MembershipRow } from '../model/state.ts'
import { unsyncedIn, type SetDiff } from './diff-rows.ts'
import type { MemberSet } from './sets.ts'

const holding: ReadonlySet<MembershipRow['origin']> = new Set<MembershipRow['origin']>(['config', 'sync', 'rule'])

/** Lists whom rows of a set that stay as they are hold in the VO: its own, and in groups those of git, a source or a rule. */
export function stayingHolders(set: MemberSet, diff: SetDiff | undefined, people: People): HeldPerson[] {
  if (set.pair.want === undefined) return []
  const { removed = [], redated = [], expelled = [], released = [], unruled = [] } = diff ?? {}
  const isOwn = set.kind === 'Member'
  const replaced = new Set([...removed, ...redated, ...(isOwn ? [] : released)])
  const gone = new Set(expelled)
  const outOfRule = new Set(unruled)
  const isUnsynced = unsyncedIn(diff ?? {})
  const leaves = (
    person: PersonIndex,
    { origin, originName }: Pick<MembershipRow, 'origin' | 'originName'>,
  ): boolean => {
    if (origin === 'rule') return outOfRule.has(person)
    if (origin === 'sync') return isUnsynced(originName)
    return gone.has(person) || (origin === 'config' && replaced.has(person))
  }
  return set.have.flatMap(({ user, origin, originName, status }) => {
    const person = people.ofId(user)
    if (person === undefined || leaves(person, { origin, originName })) return []
    return isOwn || holding.has(origin) ? [{ person, status }] : []
  })
}

/** Somebody whom a row of this status holds in a VO. */
export interface HeldPerson {
  readonly person: PersonIndex
  readonly status: MembershipRow['status']
}

/** Lists whom rows of a set hold in the VO once the changes are made, whatever their dates. */
export function heldAfter(set: MemberSet, diff: SetDiff | undefined, people: People): PersonIndex[] {
  const { added = [], redated = [], ruled = [] } = diff ?? {}
  return [...added, ...redated, ...ruled, ...stayingHolders(set, diff, people).map(({ person }) => person)]
}
