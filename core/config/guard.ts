import type { Guard, InstanceSpec, SourceGuard } from '../../schemas/generated/config.ts'
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

/** What the instance may have other limits for. */
export interface Overridden {
  readonly vo?: string | undefined
  readonly source?: string | undefined
}

/** Tells the limits of the instance, with what it allows one VO or source beyond them. */
export function limitsOfInstance(guard: InstanceGuard, of: Overridden): Limits {
  return withGuard(withGuard(defaults, guard), overrideOf(guard, of))
}

function overrideOf({ overrides = [] }: InstanceGuard, { vo, source }: Overridden): InstanceOverride | undefined {
  if (source !== undefined) return overrides.find((entry) => entry.source === source)
  return vo === undefined ? undefined : overrides.find((entry) => entry.vo === vo)
}

type InstanceOverride = NonNullable<InstanceGuard['overrides']>[number]

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

/** Tells how far a read of a source may be from the one before: what the instance says, or less, where the source says that. */
export function readLimitsOf(
  instance: InstanceGuard,
  { vo, source }: Required<Overridden>,
  own: SourceGuard | undefined,
): ReadLimits {
  const above = { ...usualRead, ...instance, ...overrideOf(instance, { vo }), ...overrideOf(instance, { source }) }
  const least = (key: 'shrink' | 'missing'): number =>
    Math.min(Number.parseFloat(above[key]), Number.parseFloat(own?.[key] ?? above[key]))
  return { shrink: least('shrink'), missing: least('missing'), from: Math.min(above.from, own?.from ?? above.from) }
}

const usualRead = { shrink: '10%', missing: '5%', from: defaults.from }

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
