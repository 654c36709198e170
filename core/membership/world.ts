import { assignments } from '../config/assignments.ts'
import { parseGroup, type GroupName } from '../config/references.ts'
import type { ConfigObject } from '../model/config-object.ts'
import type { PersonIndex, PersonMarks } from './person-marks.ts'
import { countedMembers, effectiveMembers, type VoWorld } from './vo-world.ts'

/** Everything that decides who has access to what, at one moment. */
export interface World {
  facility(name: string): ConfigObject<'Facility'> | undefined
  isWithinOffer(resource: ConfigObject<'Resource'>, facility: ConfigObject<'Facility'>): boolean
  vo(name: string): VoWorld | undefined
  /** Whether the date of a resource, or that of its VO, has come. */
  isOver(resource: ConfigObject<'Resource'>): boolean
  /** Tells of members of a VO whether they have none of the levels that a resource's offer asks for; undefined where any will do. */
  lacksLevel(
    resource: ConfigObject<'Resource'>,
    facility: ConfigObject<'Facility'>,
    vo: string,
  ): ((person: PersonIndex) => boolean) | undefined
  /** Who is banned from a VO, resource or facility; undefined where nobody is. */
  banned(object: ConfigObject): ReadonlySet<PersonIndex> | undefined
}

/** Lists who has access to a resource: VALID in the VO and in an assigned group, not banned, the resource within its offer, with a level that the offer asks for. */
export function access(world: World, resource: ConfigObject<'Resource'>, marks: PersonMarks): PersonIndex[] {
  const facility = world.facility(resource.spec.facility)
  if (facility === undefined || world.isOver(resource) || !world.isWithinOffer(resource, facility)) return []
  const members: typeof effectiveMembers = (part, group, found) => {
    const people = without(effectiveMembers(part, group, found), world.banned(part.vo))
    const lacks = world.lacksLevel(resource, facility, part.vo.name)
    return lacks === undefined ? people : people.filter((person) => !lacks(person))
  }
  const people = throughGroups(world, resource, { marks, members })
  return without(without(people, world.banned(resource)), world.banned(facility))
}

function without(people: PersonIndex[], banned: ReadonlySet<PersonIndex> | undefined): PersonIndex[] {
  return banned === undefined ? people : people.filter((person) => !banned.has(person))
}

/** Lists who takes a place on a resource. */
export function counted(world: World, resource: ConfigObject<'Resource'>, marks: PersonMarks): PersonIndex[] {
  return throughGroups(world, resource, { marks, members: countedMembers })
}

/** Names the groups assigned to a resource. */
export function assignedGroups(resource: ConfigObject<'Resource'>): GroupName[] {
  return assignments(resource.spec).flatMap(({ group }) => parseGroup(group, resource.vo) ?? [])
}

function throughGroups(
  world: World,
  resource: ConfigObject<'Resource'>,
  { marks, members }: { readonly marks: PersonMarks; readonly members: typeof effectiveMembers },
): PersonIndex[] {
  const lists = assignedGroups(resource).map(({ vo, name }) => {
    const part = world.vo(vo)
    return part === undefined ? [] : members(part, name, marks)
  })
  const [only] = lists
  return lists.length === 1 && only !== undefined ? only : marks.unique(...lists)
}
