import type { Guard } from '../../schemas/generated/config.ts'
import { limitsOfInstance, strictest, withGuard, type InstanceGuard, type Limits } from '../config/guard.ts'
import { isKind, type ConfigObject } from '../model/config-object.ts'
import type { Draft } from './draft.ts'
import { once } from './once.ts'
import type { ObjectPair } from './pair-objects.ts'

/** Makes the lookup of the limits of a set: the strictest of before and after, of instance, VO, group, source and services. */
export function limitsOf(draft: Draft): (pair: ObjectPair) => Limits {
  const find = once(() => ({ before: sideOf(draft, 'have'), after: sideOf(draft, 'want') }))
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

function sideOf({ ofKind }: Draft, side: 'have' | 'want'): SideLimits {
  const vos = new Map<string, Guard | undefined>()
  const services = new Map<string, Guard | undefined>()
  let instance: InstanceGuard | undefined
  let hasInstance = false
  for (const pair of [...ofKind('Instance'), ...ofKind('VO'), ...ofKind('Service')]) {
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
  const source = object?.kind === 'Source' ? object.name : undefined
  const general = limitsOfInstance(instance, { vo, source })
  const carried = servicesOf(object).map((name) => services.get(name))
  const own =
    object !== undefined && (isKind(object, 'Group') || isKind(object, 'Source')) ? object.spec.guard : undefined
  return [vos.get(vo ?? ''), own, ...carried].reduce<Limits>(
    (limits, guard) => strictest(limits, withGuard(limits, guard)),
    general,
  )
}

function servicesOf(object: ConfigObject | undefined): readonly string[] {
  if (object === undefined) return []
  if (isKind(object, 'Resource')) return object.spec.services ?? []
  return isKind(object, 'Facility') ? Object.keys(object.spec.services ?? {}) : []
}
