import { assignedGroups } from '../membership/world.ts'
import { membersGroup } from '../config/references.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import { groupBy } from '../model/group-by.ts'
import type { GuardReason, Loss } from '../model/plan.ts'
import type { Scope } from '../model/scope.ts'
import type { Draft } from './draft.ts'
import { limitsOf } from './guard-limits.ts'
import { judgeAdditions, judgeRemovals, subjectOf, type SetNumbers } from './judge-set.ts'
import type { ObjectPair } from './pair-objects.ts'
import type { SetDelta } from './set-delta.ts'

/** Reasons and losses of each scope. */
export interface Judgement {
  readonly reasons: ReadonlyMap<Scope, readonly GuardReason[]>
  readonly losses: ReadonlyMap<Scope, readonly Loss[]>
}

/** Judges every set by its numbers; where a set trips, every scope with a part in it is held. */
export function judgeDeltas(draft: Draft, deltas: readonly SetDelta[]): Judgement {
  const limits = limitsOf(draft)
  const recent = groupBy(draft.state.losses, ({ set }) => subjectOf(set))
  const reasons = new Map<Scope, GuardReason[]>()
  const losses = new Map<Scope, Loss[]>()
  for (const delta of deltas) {
    if (delta.before.length === 0) continue
    const numbers = numbersOf(
      draft,
      delta,
      (recent.get(subjectOf(delta.formerSet)) ?? []).map(({ user }) => user),
    )
    const setLimits = limits(delta.pair)
    append(reasons, delta.lostBy.keys(), judgeRemovals(numbers, setLimits))
    append(reasons, delta.gainedBy, judgeAdditions(numbers, setLimits))
    for (const [scope, people] of delta.lostBy) {
      const ofScope = people.flatMap((person): Loss[] => {
        const user = draft.people.ids[person]
        return user === undefined ? [] : [{ set: delta.set, user }]
      })
      append(losses, [scope], ofScope)
    }
  }
  return { reasons, losses }
}

function append<T>(lists: Map<Scope, T[]>, scopes: Iterable<Scope>, items: readonly T[]): void {
  if (items.length === 0) return
  for (const scope of scopes) {
    const list = lists.get(scope) ?? []
    for (const item of items) list.push(item)
    lists.set(scope, list)
  }
}

function numbersOf(draft: Draft, delta: SetDelta, recentUsers: readonly number[]): SetNumbers {
  const recent = recentUsers.flatMap((user) => draft.people.ofId(user) ?? [])
  const base = draft.marks.unique(delta.before, recent)
  return {
    set: delta.set,
    base: base.length,
    removed: draft.marks.without(base, delta.after).length,
    lost: delta.lost.length,
    gained: delta.gained.length,
    before: delta.before.length,
    after: delta.after.length,
    mustNotBeEmpty: delta.pair.want !== undefined && !mayBeEmpty(draft, delta),
  }
}

/**
 * A group may that said so before this commit and still does: the commit that empties it cannot lift the rule. A resource
 * may where all its groups do, a facility where all its resources with people do; what a source holds are people of such sets.
 */
function mayBeEmpty(draft: Draft, { pair }: SetDelta): boolean {
  const { have, want } = pair
  if (want === undefined || have === undefined) return true
  if (isKind(want, 'Group')) return groupMayBeEmpty(pair)
  if (isKind(want, 'Source')) return true
  if (isKind(have, 'Resource')) return resourceMayBeEmpty(draft, have)
  if (want.kind !== 'Facility') return false
  return draft.ofKind('Resource').every(({ have: other }) => {
    if (other === undefined || !isKind(other, 'Resource') || other.spec.facility !== have.name) return true
    return resourceMayBeEmpty(draft, other)
  })
}

function resourceMayBeEmpty(draft: Draft, resource: ConfigObject<'Resource'>): boolean {
  return assignedGroups(resource).every(({ vo, name }) => {
    if (name === membersGroup) return false
    const pair = (draft.pairsByHaveVo.get(vo) ?? []).find(
      (other) => other.have?.kind === 'Group' && other.have.name === name,
    )
    return pair !== undefined && groupMayBeEmpty(pair)
  })
}

function groupMayBeEmpty({ have, want }: ObjectPair): boolean {
  return [have, want].every((group) => group !== undefined && isKind(group, 'Group') && group.spec.allowEmpty === true)
}
