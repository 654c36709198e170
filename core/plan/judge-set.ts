import { countPeople } from '../model/count.ts'
import type { GuardReason } from '../model/plan.ts'
import type { WatchedSet } from '../model/state.ts'
import type { Limits } from '../config/guard.ts'

/** The numbers by which the guard judges what happens to one set of people. */
export interface SetNumbers {
  readonly set: WatchedSet
  /** People with access at any time within the window. */
  readonly base: number
  /** Those of the base who have no access after the change. */
  readonly removed: number
  /** People who lose access by this change. */
  readonly lost: number
  readonly gained: number
  /** People with access before and after the change. */
  readonly before: number
  readonly after: number
  /** False for a set that goes, or that may be empty. */
  readonly mustNotBeEmpty: boolean
}

/** Names a set as people read it: `group astro/telescope`. */
export function subjectOf(set: WatchedSet): string {
  switch (set.kind) {
    case 'vo':
      return `vo ${set.vo}`
    case 'facility':
    case 'source':
      return `${set.kind} ${set.name}`
    default:
      return `${set.kind} ${set.vo}/${set.name}`
  }
}

/** Reads the VO off the subject of a set; undefined for a facility or source, which is no VO's. */
export function voOfSubject(subject: string): string | undefined {
  return /^(?:vo|group|resource) ([^/]+)/.exec(subject)?.[1]
}

/** Lists why removals of a set must wait for approval. */
export function judgeRemovals(numbers: SetNumbers, limits: Limits): GuardReason[] {
  const { set, base, removed, lost, after, mustNotBeEmpty } = numbers
  if (lost === 0) return []
  const subject = subjectOf(set)
  const reasons: GuardReason[] = []
  const isOverShare = base >= limits.from && removed * 100 > limits.remove * base
  if (isOverShare || removed > limits.people) {
    const limit = isOverShare ? `${limits.remove}%` : countPeople(limits.people)
    const message = `${subject} would lose ${removed} of ${countPeople(base)}, the limit is ${limit}`
    reasons.push({ code: 'removes-too-many', subject, message, removed, base, limit })
  }
  if (after === 0 && mustNotBeEmpty) {
    const message = `${subject} would become empty, it has ${numbers.before} now`
    reasons.push({ code: 'becomes-empty', subject, message, removed: lost, base: numbers.before })
  }
  return reasons
}

/**
 * Tells how many people with access are enough, afterwards, for a loss of up to so many to be within all limits; undefined where no
 * number is. It says so sooner than it must: who counts no further never lets pass what `judgeRemovals` holds.
 */
export function enoughForLoss(removed: number, { remove, people }: Limits): number | undefined {
  if (removed > people || remove === 0) return undefined
  return Math.max(1, Math.ceil((removed * 100) / remove))
}

/** Lists why additions to a set must wait for approval; a set empty until now may grow at will. */
export function judgeAdditions({ set, before, gained }: SetNumbers, limits: Limits): GuardReason[] {
  if (before === 0 || before < limits.addFrom || gained * 100 <= limits.add * before) return []
  const subject = subjectOf(set)
  const limit = `${limits.add}%`
  const message = `${subject} would get ${countPeople(gained)} beside the ${before} it has, the limit is ${limit}`
  return [{ code: 'adds-too-many', subject, message, removed: 0, base: before, limit }]
}
