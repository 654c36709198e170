import type { Approver, Manager } from '../../schemas/generated/config.ts'
import { isKind, type DesiredObject } from '../model/config-object.ts'

/** Says what a reference to a group is to be. */
export type RenameGroup = (reference: string) => string

/** Lists the references to groups in a document, as they are written. */
export function groupsMentioned(object: DesiredObject): string[] {
  const found: string[] = []
  renameGroups(object, (reference) => {
    found.push(reference)
    return reference
  })
  return found
}

/** Puts other references in the place of those to groups. */
export function renameGroups(object: DesiredObject, rename: RenameGroup): DesiredObject {
  if (isKind(object, 'Resource')) return { ...object, spec: inResource(inRoles(object.spec, rename), rename) }
  if (isKind(object, 'Group')) return { ...object, spec: inGroup(inRoles(object.spec, rename), rename) }
  if (isKind(object, 'Form')) return { ...object, spec: inForm(object.spec, rename) }
  if (isKind(object, 'VO')) return { ...object, spec: inRoles(object.spec, rename) }
  if (isKind(object, 'Facility')) return { ...object, spec: inRoles(object.spec, rename) }
  if (isKind(object, 'Instance')) return { ...object, spec: inRoles(object.spec, rename) }
  return object
}

const roleKeys = ['admins', 'managers', 'membershipManagers', 'banManagers', 'sponsors'] as const

type Roles = { readonly [K in (typeof roleKeys)[number]]?: readonly Manager[] }

function inRoles<S extends Roles>(spec: S, rename: RenameGroup): S {
  const roles = roleKeys.flatMap((key) => {
    const holders: readonly Manager[] | undefined = spec[key]
    return holders === undefined ? [] : [[key, holders.map((holder) => inHolder(holder, rename))] as const]
  })
  return { ...spec, ...Object.fromEntries(roles) }
}

function inHolder<H extends Approver>(holder: H, rename: RenameGroup): H {
  if (typeof holder !== 'object' || !('group' in holder)) return holder
  return { ...holder, group: rename(holder.group) }
}

type SpecOf<K extends 'Form' | 'Group' | 'Resource'> = DesiredObject<K>['spec']

function inResource(spec: SpecOf<'Resource'>, rename: RenameGroup): SpecOf<'Resource'> {
  if (spec.groups === undefined) return spec
  const groups = spec.groups.map((entry) =>
    typeof entry === 'string' ? rename(entry) : { ...entry, group: rename(entry.group) },
  )
  return { ...spec, groups }
}

function inGroup(spec: SpecOf<'Group'>, rename: RenameGroup): SpecOf<'Group'> {
  return spec.includes === undefined ? spec : { ...spec, includes: spec.includes.map(rename) }
}

function inForm(spec: SpecOf<'Form'>, rename: RenameGroup): SpecOf<'Form'> {
  const items = spec.items.map((item) =>
    item.groups === undefined ? item : { ...item, groups: item.groups.map(rename) },
  )
  const steps = spec.approval?.steps?.map((step) => ({
    ...step,
    by: inHolder(step.by, rename),
    ...(step.escalateTo === undefined ? {} : { escalateTo: inHolder(step.escalateTo, rename) }),
  }))
  return {
    ...spec,
    items,
    ...(spec.group === undefined ? {} : { group: rename(spec.group) }),
    ...(steps === undefined ? {} : { approval: { ...spec.approval, steps } }),
  }
}
