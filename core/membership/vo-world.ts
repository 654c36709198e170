import { membersGroup } from '../config/references.ts'
import type { ConfigObject } from '../model/config-object.ts'
import type { MemberStatus } from '../model/state.ts'
import { reach, type GroupGraph } from './group-graph.ts'
import type { PersonIndex, PersonMarks } from './person-marks.ts'

/** Who holds rows of one set: a group, or the VO itself. */
export interface Holders {
  /** May name a person more than once, by different origins. */
  readonly valid: readonly PersonIndex[]
  /** Rows that are EXPIRED. */
  readonly expired: readonly PersonIndex[]
}

/** One VO with its people, by number. */
export interface VoWorld {
  readonly vo: ConfigObject<'VO'>
  /** Of all groups, whatever their dates. */
  readonly graph: GroupGraph
  /** The VO's date has come: nobody has access by it. */
  readonly isOver: boolean
  /** The graph without groups that count as empty, because their date or that of the VO has come. */
  readonly lasting: GroupGraph
  /** By group number. */
  holders(group: number): Holders
  own(): Holders
  readonly statuses: ReadonlyMap<PersonIndex, MemberStatus>
  readonly resources: readonly ConfigObject<'Resource'>[]
}

/** Lists the members of a VO that are VALID. */
export function validMembers({ statuses }: VoWorld): PersonIndex[] {
  const valid: PersonIndex[] = []
  for (const [person, status] of statuses) if (status === 'VALID') valid.push(person)
  return valid
}

/** Lists who is VALID in the VO and in a group or anything below it. */
export function effectiveMembers(world: VoWorld, group: string, marks: PersonMarks): PersonIndex[] {
  if (group === membersGroup) return world.isOver ? [] : validMembers(world)
  const people = marks.unique(...closureOfGroup(world.lasting, group).map((index) => world.holders(index).valid))
  return people.filter((person) => world.statuses.get(person) === 'VALID')
}

/** Lists who takes a place in a group: everybody but the DISABLED, whatever the row's status. */
export function countedMembers(world: VoWorld, group: string, marks: PersonMarks): PersonIndex[] {
  const lists =
    group === membersGroup
      ? [world.statuses.keys()]
      : closureOfGroup(world.graph, group).flatMap((index) => {
          const { valid, expired } = world.holders(index)
          return [valid, expired]
        })
  return marks.unique(...lists).filter((person) => (world.statuses.get(person) ?? 'DISABLED') !== 'DISABLED')
}

function closureOfGroup(graph: GroupGraph, group: string): number[] {
  const index = graph.indexOf.get(group)
  return index === undefined ? [] : reach([index], graph.below)
}
