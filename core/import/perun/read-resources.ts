import type { ResourceSpec } from '../../../schemas/generated/config.ts'
import { membersGroup } from '../../config/references.ts'
import { compareText } from '../../model/compare.ts'
import { groupBy } from '../../model/group-by.ts'
import { documentOf, fileFor } from '../document.ts'
import { fittingName, noNames, type GivenNames } from '../fitting-names.ts'
import { noteOfPlace, type ImportedFile, type Notes } from '../imported.ts'
import { byId, inner, nameOf, numberIn, paragraphsIn, textIn, type Bean } from './beans.ts'
import type { ThingAttributes } from './read-attributes.ts'
import type { Groups } from './read-groups.ts'

/** What resources are made of. */
interface ResourceBeans {
  readonly facilities: readonly Bean[]
  readonly resources: readonly Bean[]
  /** Assigned groups by the id of the resource. */
  readonly assigned: ReadonlyMap<number, readonly Bean[]>
  /** Names of VOs by id. */
  readonly vos: ReadonlyMap<number, string>
  readonly groups: Groups
  /** All groups as they were told. */
  readonly told: ReadonlyMap<number, Bean>
}

/** Facilities and resources by id. */
export interface Resources {
  readonly facilities: ReadonlyMap<number, Named>
  readonly resources: ReadonlyMap<number, ReadResource>
}

interface Named {
  readonly name: string
  readonly metadata: { readonly title?: string; readonly description?: string }
}

interface ReadResource extends Named {
  readonly vo: string
  readonly facility: number
  /** Names of the groups whose members have access, by id. */
  readonly groups: ReadonlyMap<number, string>
}

/** Reads facilities, and resources with their groups; one whose VO or facility is not there is left out. */
export function readResources(beans: ResourceBeans, notes: Notes): Resources {
  const given = noNames()
  const named = [...byId(beans.facilities, notes)].map(([id, bean]) => [id, nameFor(bean, given, notes)] as const)
  const facilities = new Map(named)
  const names = new Map([...beans.vos.values()].map((vo) => [vo, noNames()]))
  const resources = [...byId(beans.resources, notes)].flatMap(([id, bean]) => {
    const [facility = -1, voId = -1] = [numberIn(bean, 'facilityId'), numberIn(bean, 'voId')]
    const vo = beans.vos.get(voId)
    if (vo === undefined || !facilities.has(facility)) {
      notes.leftOut.push(noteOfPlace(bean, nameOf(bean), 'its VO or facility is not there'))
      return []
    }
    const own = nameFor(bean, names.get(vo) ?? noNames(), notes)
    return [[id, { ...own, vo, facility, groups: groupsOf(id, { beans, notes, voId }) }] as const]
  })
  return { facilities, resources: new Map(resources) }
}

/** Makes facilities, each with an offer for every VO that has a resource of it, and the resources. */
export function resourceFiles({ facilities, resources }: Resources, attributes: ThingAttributes): ImportedFile[] {
  const made = [...facilities].map(([id, { name, metadata }]) => {
    const own = [...resources.values()].filter(({ facility }) => facility === id)
    const vos = [...new Set(own.map(({ vo }) => vo))].sort(compareText)
    const offers = vos.map((vo) => ({ name: vo, vo }))
    const spec = { ...(offers.length > 0 && { offers }), ...attributes.valuesOf('facility', id) }
    return documentOf('Facility', { name, ...metadata }, spec)
  })
  const byVo = groupBy(resources, ([, { vo }]) => vo)
  return [
    ...(made.length > 0 ? [{ path: 'facilities.yaml', documents: made }] : []),
    ...[...byVo].map(([vo, own]) => ({
      path: fileFor(vo, 'resources'),
      documents: own.map(([id, { name, metadata, facility, groups }]) => {
        const at = facilities.get(facility)?.name ?? ''
        const assigned = assignmentsOf(id, groups, attributes)
        const spec = { facility: at, groups: assigned, ...attributes.valuesOf('resource', id) }
        return documentOf('Resource', { vo, name, ...metadata }, spec)
      }),
    })),
  ]
}

function assignmentsOf(
  resource: number,
  groups: ReadResource['groups'],
  { valuesOf }: ThingAttributes,
): NonNullable<ResourceSpec['groups']> {
  return [...groups].map(([id, group]) => {
    const { attributes } = valuesOf('group_resource', id, resource)
    return attributes === undefined ? group : { group, attributes }
  })
}

function nameFor(bean: Bean, given: GivenNames, notes: Notes): Named {
  const title = textIn(bean, 'name', notes)
  const description = paragraphsIn(bean, 'description', notes)
  const name = fittingName(title ?? '', given)
  if (title !== name)
    notes.changed.push(noteOfPlace(bean, nameOf(bean), `its name is "${name}", its title says the other`))
  return {
    name,
    metadata: {
      ...(title !== undefined && title !== name && { title }),
      ...(description !== undefined && { description }),
    },
  }
}

interface Assigning {
  readonly beans: ResourceBeans
  readonly notes: Notes
  readonly voId: number
}

/** Each name once, in order. */
function groupsOf(resource: number, assigning: Assigning): ReadResource['groups'] {
  const beans = assigning.beans.assigned.get(resource) ?? []
  const found = new Map(beans.flatMap((bean) => assignedBy(bean, `Resource ${resource}`, assigning)))
  return new Map([...found].sort(([one], [other]) => compareText(one, other)).map(([name, id]) => [id, name]))
}

/** The name of an assigned group, with its id. */
function assignedBy(bean: Bean, resource: string, assigning: Assigning): (readonly [string, number])[] {
  // getGroupAssignments puts the group deeper than getAssignedGroups.
  const group = inner(inner(bean, 'enrichedGroup') ?? bean, 'group') ?? bean
  const id = numberIn(group, 'id') ?? -1
  const leaveOut = (why: string): [] => {
    assigning.notes.leftOut.push(noteOfPlace(bean, `${nameOf(group)} on ${resource}`, why))
    return []
  }
  const { status = 'ACTIVE' } = bean.value
  if (status !== null && status !== 'ACTIVE') return leaveOut('the assignment is not active')
  const name = nameOfGroup(group, id, assigning)
  return name === undefined ? leaveOut('the group is not there, or is of another VO') : [[name, id]]
}

function nameOfGroup(group: Bean, id: number, { beans: { groups, told }, voId }: Assigning): string | undefined {
  const known = groups.get(id)
  if (known?.vo === voId) return known.group.name
  return (told.get(id) ?? group).value['name'] === membersGroup ? membersGroup : undefined
}
