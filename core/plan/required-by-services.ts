import { requirementsOfServices, type Definitions, type Requirement } from '../attributes/requirements.ts'
import { assignedGroups, type World } from '../membership/world.ts'
import { isKind, type ConfigKind, type DesiredObject } from '../model/config-object.ts'
import type { PairIndex } from './pair-index.ts'

type ByGroup = ReadonlyMap<string, readonly Requirement[]>

/** Lists, by VO and group, what the services of the resources a group is assigned to require of people. */
export function requiredByServices(
  { ofKind }: Pick<PairIndex, 'ofKind'>,
  definitions: Definitions,
  { isWithinOffer, isOver }: Pick<World, 'isOver' | 'isWithinOffer'>,
): ReadonlyMap<string, ByGroup> {
  const givesAccess: World['isWithinOffer'] = (resource, facility) =>
    !isOver(resource) && isWithinOffer(resource, facility)
  const services = wanted({ ofKind }, 'Service')
  const facilities = wanted({ ofKind }, 'Facility')
  const byVo = new Map<string, Map<string, Requirement[]>>()
  for (const { want: resource } of ofKind('Resource')) {
    if (resource === undefined || !isKind(resource, 'Resource')) continue
    const facility = facilities.get(resource.spec.facility)
    const carried = (resource.spec.services ?? []).flatMap((name) => services.get(name) ?? [])
    if (facility === undefined || !carried.some(({ spec }) => (spec.requires ?? []).length > 0)) continue
    if (!givesAccess(resource, facility)) continue
    for (const { vo, name } of assignedGroups(resource)) {
      const way = { vo, group: `${vo}/${name}`, resource: `${resource.vo ?? ''}/${resource.name}` }
      note(byVo, { vo, name }, requirementsOfServices({ services: carried, facility, ...way }, definitions))
    }
  }
  return byVo
}

function note(
  byVo: Map<string, Map<string, Requirement[]>>,
  { vo, name }: { readonly vo: string; readonly name: string },
  required: readonly Requirement[],
): void {
  if (required.length === 0) return
  const ofVo = byVo.get(vo) ?? new Map<string, Requirement[]>()
  const ofGroup = ofVo.get(name) ?? []
  ofGroup.push(
    ...required.filter((one) => !ofGroup.some(({ attribute, of }) => attribute === one.attribute && of === one.of)),
  )
  byVo.set(vo, ofVo.set(name, ofGroup))
}

function wanted<K extends ConfigKind>(
  { ofKind }: Pick<PairIndex, 'ofKind'>,
  kind: K,
): Map<string, Extract<DesiredObject, { readonly kind: K }>> {
  const found = new Map<string, Extract<DesiredObject, { readonly kind: K }>>()
  for (const { want } of ofKind(kind)) if (want !== undefined && isKind(want, kind)) found.set(want.name, want)
  return found
}
