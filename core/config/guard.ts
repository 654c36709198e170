import type { Guard, InstanceSpec } from '../../schemas/generated/config.ts'
import type { ReadLimits } from '../plan/judge-read.ts'

/** How much may happen to a set of people before somebody must approve. */
export interface Limits {
  /** Percent of the set. */
  readonly remove: number
  readonly from: number
  readonly people: number
  /** Percent of the set. */
  readonly add: number
  readonly addFrom: number
}

/** What the Instance says about the guard. */
export type InstanceGuard = NonNullable<InstanceSpec['guard']>

const defaults: Limits = { remove: 25, from: 10, people: 100, add: 200, addFrom: 50 }

/** Tells the limits of the instance, with what it allows one VO beyond them. */
export function limitsOfInstance(guard: InstanceGuard, vo: string | undefined): Limits {
  const override = (guard.overrides ?? []).find((entry) => entry.vo === vo)
  return withGuard(withGuard(defaults, guard), override)
}

/** Replaces the limits that a guard names. */
export function withGuard(limits: Limits, guard: Guard | undefined): Limits {
  const { remove, add, ...counts } = guard ?? {}
  return {
    ...{ from: limits.from, people: limits.people, addFrom: limits.addFrom, ...countsOf(counts) },
    remove: remove === undefined ? limits.remove : Number.parseFloat(remove),
    add: add === undefined ? limits.add : Number.parseFloat(add),
  }
}

function countsOf({ from, people, addFrom }: Guard): Partial<Pick<Limits, 'from' | 'people' | 'addFrom'>> {
  return {
    ...(from === undefined ? {} : { from }),
    ...(people === undefined ? {} : { people }),
    ...(addFrom === undefined ? {} : { addFrom }),
  }
}

/** Tells how far a read of a source may be from the one before, for a VO that it fills. */
export function readLimitsOf(guard: InstanceGuard, vo: string): ReadLimits {
  return { shrink: 10, missing: 5, from: limitsOfInstance(guard, vo).from }
}

/** Takes the smaller of each limit. */
export function strictest(a: Limits, b: Limits): Limits {
  return {
    remove: Math.min(a.remove, b.remove),
    from: Math.min(a.from, b.from),
    people: Math.min(a.people, b.people),
    add: Math.min(a.add, b.add),
    addFrom: Math.min(a.addFrom, b.addFrom),
  }
}
