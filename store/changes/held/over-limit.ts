import type { GuardReason, Loss } from '../../../core/model/plan.ts'
import type { Scope } from '../../../core/model/scope.ts'
import type { WatchedSet } from '../../../core/model/state.ts'
import { subjectOf, voOfSubject } from '../../../core/plan/judge-set.ts'

/** Why a change goes over the guard's limit. */
export interface Excess {
  readonly reasons: readonly GuardReason[]
  readonly losses: readonly Loss[]
}

/** A change would take away, or add, more than the guard lets pass without an approval; whoever makes changes holds it then. */
export class OverLimitError extends Error {
  readonly excess: Excess

  constructor(excess: Excess) {
    super(excess.reasons.map(({ message }) => message).join('; '))
    this.excess = excess
  }
}

/** The VO that alone loses or gains too much, whose managers may approve that; the instance where it is not one VO's. */
export function scopeOfExcess(excess: Excess): Scope {
  const [only, ...others] = vosOfExcess(excess)
  return only === undefined || others.length > 0 ? 'instance' : `vo:${only}`
}

/** The VOs in which somebody loses or gains something. */
export function vosOfExcess({ reasons, losses }: Excess): string[] {
  const subjects = [...reasons.map(({ subject }) => subject), ...losses.map(({ set }) => subjectOf(set))]
  return [...new Set(subjects.flatMap((subject) => voOfSubject(subject) ?? []))]
}

/** The sets that lose too much, each once: what they lost within the window was judged beside it. */
export function setsOfExcess({ reasons, losses }: Excess): WatchedSet[] {
  const subjects = new Set(reasons.map(({ subject }) => subject))
  const sets = new Map(losses.map(({ set }) => [subjectOf(set), set]))
  return [...sets].flatMap(([subject, set]) => (subjects.has(subject) ? [set] : []))
}
