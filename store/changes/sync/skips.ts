import type { IdentityRef } from '../../../core/model/state.ts'
import type { RecordSkip, ValueSkip } from '../../../core/sources/subject.ts'

/**
 * Why a subject was left out: nothing usable could be made of its record, it was erased, more than one person could be meant, no
 * place is free, or a group that it names is not there. Or why a value alone was: it is none, another record of the same person goes
 * before, it stands in no list that it has to stand in, or is somebody else's.
 */
export type SkipReason =
  | RecordSkip
  | 'erased'
  | 'ambiguous'
  | 'full'
  | 'group-unknown'
  | ValueSkip
  | 'value-ambiguous'
  | 'value-outside'
  | 'value-taken'

/** Subjects left out for one reason; of many only the first are named. */
export interface Skipped {
  readonly reason: SkipReason
  readonly count: number
  /** Sorted; of `group-unknown` the groups. */
  readonly identities: readonly IdentityRef[]
}

/** How many of those left out for one reason are named. */
export const namedAtMost = 20

/** Collects what a run leaves out. */
export class Skips {
  private readonly byReason = new Map<SkipReason, { count: number; readonly identities: IdentityRef[] }>()

  /** Notes so many subjects, of which these are the first. */
  add(reason: SkipReason, count: number, identities: readonly IdentityRef[]): void {
    if (count === 0) return
    const found = this.byReason.get(reason) ?? { count: 0, identities: [] }
    this.byReason.set(reason, found)
    found.count += count
    found.identities.push(...identities.slice(0, namedAtMost - found.identities.length))
  }

  list(): readonly Skipped[] {
    return [...this.byReason].map(([reason, { count, identities }]) => ({
      reason,
      count,
      identities: identities.toSorted(),
    }))
  }
}
