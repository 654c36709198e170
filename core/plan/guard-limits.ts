import type { Guard } from '../../schemas/generated/config.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { Draft } from './draft.ts'
import { once } from './once.ts'
import type { ObjectPair } from './pair-objects.ts'

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

type InstanceGuard = NonNullable<ConfigObject<'Instance'>['spec']['guard']>

const defaults: Limits = { remove: 25, from: 10, people: 100, add: 200, addFrom: 50 }

/** Makes the lookup of the limits of a set: the strictest of before and after, of instance, VO, group and services. */
export function limitsOf(draft: Draft): (pair: ObjectPair) => Limits {
  const find = once(() => ({ before: sideOf(draft.pairs, 'have'), after: sideOf(draft.pairs, 'want') }))
  return (pair) => {
    const { before, after } = find()
    const sides = [
      ...(pair.have !== undefined || !after.hasInstance ? [limitsIn(before, pair.have ?? pair.want)] : []),
      ...(after.hasInstance ? [limitsIn(after, pair.want ?? pair.have)] : []),
    ]
    return sides.reduce(strictest)
  }
}

interface SideLimits {
  readonly hasInstance: boolean
  readonly instance: InstanceGuard
  readonly vos: ReadonlyMap<string, Guard | undefined>
  readonly services: ReadonlyMap<string, Guard | undefined>
}

function sideOf(pairs: readonly ObjectPair[], side: 'have' | 'want'): SideLimits {
  const vos = new Map<string, Guard | undefined>()
  const services = new Map<string, Guard | undefined>()
  let instance: InstanceGuard | undefined
  let hasInstance = false
  for (const pair of pairs) {
    const object = pair[side]
    if (object === undefined) continue
    if (isKind(object, 'VO')) vos.set(object.name, object.spec.guard)
    if (isKind(object, 'Service')) services.set(object.name, object.spec.guard)
    if (!isKind(object, 'Instance')) continue
    hasInstance = true
    instance = object.spec.guard
  }
  return { hasInstance, instance: instance ?? {}, vos, services }
}

function limitsIn({ instance, vos, services }: SideLimits, object: ConfigObject | undefined): Limits {
  const vo = object?.kind === 'VO' ? object.name : object?.vo
  const override = (instance.overrides ?? []).find((entry) => entry.vo === vo)
  const general = loosened(loosened(defaults, instance), override)
  const carried = servicesOf(object).map((name) => services.get(name))
  const own = object !== undefined && isKind(object, 'Group') ? object.spec.guard : undefined
  return [vos.get(vo ?? ''), own, ...carried].reduce<Limits>(
    (limits, guard) => strictest(limits, loosened(limits, guard)),
    general,
  )
}

function servicesOf(object: ConfigObject | undefined): readonly string[] {
  if (object === undefined) return []
  if (isKind(object, 'Resource')) return object.spec.services ?? []
  return isKind(object, 'Facility') ? Object.keys(object.spec.services ?? {}) : []
}

/** Replaces the limits that a guard names. */
function loosened(limits: Limits, guard: Guard | undefined): Limits {
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

function strictest(a: Limits, b: Limits): Limits {
  return {
    remove: Math.min(a.remove, b.remove),
    from: Math.min(a.from, b.from),
    people: Math.min(a.people, b.people),
    add: Math.min(a.add, b.add),
    addFrom: Math.min(a.addFrom, b.addFrom),
  }
}
