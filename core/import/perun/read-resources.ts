import type { ConfigDocument } from '../../config/document.ts'
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
  readonly attributes: ThingAttributes
}

/** Makes facilities, each with an offer for every VO that has a resource of it, and the resources with their groups. */
export function resourceFiles(beans: ResourceBeans, notes: Notes): ImportedFile[] {
  const given = noNames()
  const named = [...byId(beans.facilities, notes)].map(([id, bean]) => [id, nameFor(bean, given, notes)] as const)
  const facilities = new Map(named)
  const resources = readResources(beans, facilities, notes)
  const made = named.map(([id, { name, metadata }]) => {
    const vos = new Set(resources.filter(({ facility }) => facility === id).map(({ vo }) => vo))
    const offers = [...vos].sort(compareText).map((vo) => ({ name: vo, vo }))
    const spec = { ...(offers.length > 0 && { offers }), ...beans.attributes.valuesOf('facility', id) }
    return documentOf('Facility', { name, ...metadata }, spec)
  })
  return [
    ...(made.length > 0 ? [{ path: 'facilities.yaml', documents: made }] : []),
    ...[...groupBy(resources, ({ vo }) => vo)].map(([vo, own]) => ({
      path: fileFor(vo, 'resources'),
      documents: own.map(({ document }) => document),
    })),
  ]
}

interface MadeResource {
  readonly vo: string
  readonly facility: number
  readonly document: ConfigDocument
}

function readResources(beans: ResourceBeans, facilities: ReadonlyMap<number, Named>, notes: Notes): MadeResource[] {
  const names = new Map([...beans.vos.values()].map((vo) => [vo, noNames()]))
  return [...byId(beans.resources, notes)].flatMap(([id, bean]) => {
    const [facility = -1, voId = -1] = [numberIn(bean, 'facilityId'), numberIn(bean, 'voId')]
    const [vo, at] = [beans.vos.get(voId), facilities.get(facility)]
    if (vo === undefined || at === undefined) {
      notes.leftOut.push(noteOfPlace(bean, nameOf(bean), 'its VO or facility is not there'))
      return []
    }
    const { name, metadata } = nameFor(bean, names.get(vo) ?? noNames(), notes)
    const groups = groupsOf(id, { beans, notes, voId })
    const spec = { facility: at.name, groups, ...beans.attributes.valuesOf('resource', id) }
    return [{ vo, facility, document: documentOf('Resource', { vo, name, ...metadata }, spec) }]
  })
}

interface Named {
  readonly name: string
  readonly metadata: { readonly title?: string; readonly description?: string }
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

function groupsOf(resource: number, { beans: { assigned, groups, told }, notes, voId }: Assigning): string[] {
  const found = (assigned.get(resource) ?? []).flatMap((bean) => {
    // getGroupAssignments puts the group deeper than getAssignedGroups.
    const group = inner(inner(bean, 'enrichedGroup') ?? bean, 'group') ?? bean
    const id = numberIn(group, 'id') ?? -1
    const known = groups.get(id)
    const status = bean.value['status'] ?? 'ACTIVE'
    const what = `${nameOf(group)} on Resource ${resource}`
    if (status !== 'ACTIVE') notes.leftOut.push(noteOfPlace(bean, what, 'the assignment is not active'))
    else if (known?.vo === voId) return [known.group.name]
    else if ((told.get(id) ?? group).value['name'] === membersGroup) return [membersGroup]
    else notes.leftOut.push(noteOfPlace(bean, what, 'the group is not there, or is of another VO'))
    return []
  })
  return [...new Set(found)].sort(compareText)
}
