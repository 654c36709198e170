import type { IdentityRef } from '../../../core/model/state.ts'
import { skipName } from '../../../core/sources/skip-name.ts'
import type { RecordSkip, ValueSkip } from '../../../core/sources/subject.ts'

/**
 * Why a subject was left out: nothing usable could be made of its record, it was erased, more than one person could be meant, no
 * place is free, or a group that it names is not there.
 */
type SubjectReason = RecordSkip | 'erased' | 'ambiguous' | 'full' | 'group-unknown'

/**
 * Why a value alone was left out: it is none, another record of the same person goes before, it stands in no list that it has to
 * stand in, or is somebody else's.
 */
type ValueReason = ValueSkip | 'value-ambiguous' | 'value-outside' | 'value-taken'

export type SkipReason = SubjectReason | ValueReason

/** Subjects, or values of one attribute, left out for one reason; of many only the first are named. */
export interface Skipped {
  readonly reason: SkipReason
  /** Of a value: its attribute, or `groups`. */
  readonly of?: string
  readonly count: number
  /** Sorted; of `group-unknown` the groups. */
  readonly identities: readonly IdentityRef[]
}

/** How many of those left out for one reason are named. */
export const namedAtMost = 20

interface Skipping extends Skipped {
  count: number
  readonly identities: IdentityRef[]
}

/** Collects what a run leaves out. */
export class Skips {
  private readonly byName = new Map<string, Skipping>()

  /** Notes so many subjects, of which these are the first. */
  add(reason: SubjectReason, count: number, identities: readonly IdentityRef[]): void {
    if (count > 0) this.note({ reason, count, identities })
  }

  /** Notes that somebody goes without a value of an attribute, or of `groups`. */
  addValue(reason: ValueReason, of: string, identity: IdentityRef): void {
    this.note({ reason, of, count: 1, identities: [identity] })
  }

  list(): readonly Skipped[] {
    return [...this.byName.values()].map((one) => ({ ...one, identities: one.identities.toSorted() }))
  }

  private note({ count, identities, ...left }: Skipped): void {
    const name = skipName(left)
    const found = this.byName.get(name) ?? { ...left, count: 0, identities: [] }
    this.byName.set(name, found)
    found.count += count
    found.identities.push(...identities.slice(0, namedAtMost - found.identities.length))
  }
}
