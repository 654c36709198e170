import { membersGroup } from '../../config/references.ts'
import { isDay } from '../../lifecycle/calendar.ts'
import { compareText } from '../../model/compare.ts'
import { groupBy } from '../../model/group-by.ts'
import { showValue } from '../../model/show-value.ts'
import { memberUntil, memberWith } from '../directory.ts'
import { draft, noGroups, type GroupDraft, type GroupTree } from '../group-tree.ts'
import { noteOfPlace, type Notes } from '../imported.ts'
import { include, inclusionsOf, type Inclusions } from '../inclusions.ts'
import { byId, innerList, nameOf, numberIn, paragraphsIn, textIn, type Bean } from './beans.ts'
import type { ThingAttributes } from './read-attributes.ts'

/** Groups by id, with the id of the VO of each. */
export type Groups = ReadonlyMap<number, MadeGroup>

/** Groups that lie deeper have names that are too long. */
const deepest = 50

/** Makes groups, below one another as they say; one whose parent is not there, or is below itself, is at the top. */
export function readGroups(beans: readonly Bean[], notes: Notes): Groups {
  const making: Making = { all: byId(beans, notes), trees: new Map(), made: new Map(), waiting: new Set(), notes }
  for (const [id, bean] of making.all) makeGroup(id, bean, making)
  return making.made
}

interface MadeGroup {
  readonly group: GroupDraft
  readonly vo: number
  /** Identities of the members that the document names, by the id of the membership. */
  readonly members: Map<number, string>
}

interface Making {
  readonly all: ReadonlyMap<number, Bean>
  readonly trees: Map<number, GroupTree>
  readonly made: Map<number, MadeGroup>
  /** Groups that wait for the one they lie below. */
  readonly waiting: Set<number>
  readonly notes: Notes
}

function makeGroup(id: number, bean: Bean, making: Making): MadeGroup | undefined {
  const { made, notes } = making
  const known = made.get(id)
  if (known !== undefined) return known
  const vo = numberIn(bean, 'voId')
  const name = shortNameOf(bean, notes)
  const parentId = numberIn(bean, 'parentGroupId')
  if (vo === undefined || name === undefined) {
    notes.leftOut.push(noteOfPlace(bean, nameOf(bean), 'it lacks a name, or the VO it is of'))
    return undefined
  }
  if (parentId === undefined && name === membersGroup) return undefined
  const group = draft(treeOf(making.trees, vo), parentName(id, { parentId, vo, bean }, making), name)
  const description = paragraphsIn(bean, 'description', notes)
  if (description !== undefined) group.description = description
  const own: MadeGroup = { group, vo, members: new Map() }
  made.set(id, own)
  if (group.title !== undefined) {
    const why = `its name is ${showValue(group.name)}, its title says the other`
    notes.changed.push(noteOfPlace(bean, nameOf(bean), why))
  }
  return own
}

interface Child {
  readonly parentId: number | undefined
  readonly vo: number
  readonly bean: Bean
}

/** The name of the group that another lies below; empty for one at the top. */
function parentName(id: number, { parentId, vo, bean }: Child, making: Making): string {
  if (parentId === undefined) return ''
  const parent = parentOf(id, parentId, making)
  if (parent?.vo === vo) return parent.group.name
  const why = 'the group it lies below is not there; it is at the top'
  making.notes.changed.push(noteOfPlace(bean, nameOf(bean), why))
  return ''
}

function parentOf(id: number, parentId: number, making: Making): MadeGroup | undefined {
  const bean = making.all.get(parentId)
  if (bean === undefined || making.waiting.has(parentId) || making.waiting.size > deepest) return undefined
  making.waiting.add(id)
  const parent = making.waiting.has(parentId) ? undefined : makeGroup(parentId, bean, making)
  making.waiting.delete(id)
  return parent
}

function treeOf(trees: Map<number, GroupTree>, vo: number): GroupTree {
  const tree = trees.get(vo) ?? noGroups()
  trees.set(vo, tree)
  return tree
}

/** The name is a path, `a:b`, beside the short one. */
function shortNameOf(bean: Bean, notes: Notes): string | undefined {
  return textIn(bean, 'shortName', notes) ?? textIn(bean, 'name', notes)?.split(':').at(-1)
}

/** Lets groups include those whose members are theirs as well; a union that went round is left out. */
export function addUnions(
  groups: Groups,
  unions: readonly (readonly [result: number, operand: Bean])[],
  { leftOut }: Notes,
): void {
  const graphs = new Map<number, Inclusions>()
  for (const [result, bean] of unions) {
    const [from, to] = [groups.get(result), groups.get(numberIn(bean, 'id') ?? -1)]
    const what = `union of Group ${result} with ${nameOf(bean)}`
    if (from === undefined || to === undefined || from.vo !== to.vo) {
      leftOut.push(noteOfPlace(bean, what, 'one of them is not there, or is of another VO'))
      continue
    }
    const graph = graphs.get(from.vo) ?? inclusionsOf(groupsIn(groups, from.vo))
    graphs.set(from.vo, graph)
    // A parent has the members of what is below it anyway.
    if (to.group.name.startsWith(`${from.group.name}:`)) continue
    if (!include(graph, from.group, to.group)) leftOut.push(noteOfPlace(bean, what, 'a group is no member of itself'))
  }
}

/** A member of a VO by the id of the membership: who, of which VO, and until when; undefined where the membership is none here. */
export interface VoMember {
  readonly identity: string
  readonly vo: number
  readonly expires: string | undefined
}

/** Reads who is in which VO; who is not VALID, and not EXPIRED on a day that is told, is left out. */
export function readMembers(
  beans: readonly Bean[],
  byUser: ReadonlyMap<number, string>,
  notes: Notes,
): ReadonlyMap<number, VoMember> {
  const members = new Map<number, VoMember>()
  // Plain members lack the day that rich ones carry along.
  const told = groupBy(beans, (bean) => numberIn(bean, 'id'))
  for (const [id, bean] of byId(beans, notes)) {
    const identity = byUser.get(numberIn(bean, 'userId') ?? -1)
    const vo = numberIn(bean, 'voId')
    const { day: expires, fault: dayFault } = readDay(told.get(id) ?? [], 'membershipExpiration')
    const isThere = identity !== undefined && vo !== undefined
    const fault = isThere ? (dayFault ?? statusFault(bean.value['status'], expires)) : 'its user or VO is not there'
    if (isThere && fault === undefined) members.set(id, { identity, vo, expires })
    else notes.leftOut.push(noteOfPlace(bean, nameOf(bean), fault ?? ''))
  }
  return members
}

/** The day that an attribute tells in any of several answers. */
function readDay(beans: readonly Bean[], name: string): { readonly day?: string; readonly fault?: string } {
  const attributes = beans.flatMap((bean) => innerList(bean, 'memberAttributes'))
  const told = attributes.find(({ value: { friendlyName, value = null } }) => friendlyName === name && value !== null)
  if (told === undefined) return {}
  const day = told.value['value']
  if (typeof day === 'string' && isDay(day)) return { day }
  return { fault: `expected a day such as 2031-01-01 for ${name}, got ${showValue(day)}` }
}

function statusFault(status: unknown, expires: string | undefined): string | undefined {
  if (status === 'INVALID' || status === 'DISABLED') return `it is ${status}; a document would make it VALID`
  if (status === 'EXPIRED' && expires === undefined)
    return 'it is EXPIRED, and no day is told (membershipExpiration); a document would bring it back'
  return undefined
}

/** Puts members into a group, without those who are in one below it; answers may tell of one more than once. */
export function addMembers(
  { group, members: own }: MadeGroup,
  beans: readonly Bean[],
  { members, notes }: { readonly members: ReadonlyMap<number, VoMember>; readonly notes: Notes },
): void {
  for (const [id = -1, told] of groupBy(beans, (bean) => numberIn(bean, 'id'))) {
    const bean = told.find(({ value }) => value['membershipType'] !== 'INDIRECT')
    if (bean === undefined) continue
    const member = members.get(id)
    const { day, fault } = readDay(told, 'groupMembershipExpiration')
    const leaveOut = (why: string) =>
      void notes.leftOut.push(noteOfPlace(bean, `${nameOf(bean)} in ${group.name}`, why))
    if (member === undefined) leaveOut('the membership of the VO is not there')
    else if (told.some(({ value }) => value['groupStatus'] === 'EXPIRED'))
      leaveOut('it is EXPIRED in the group; a document would bring it back')
    else if (fault !== undefined) leaveOut(fault)
    else {
      own.set(id, member.identity)
      group.members.set(member.identity, memberUntil(member.identity, earlier(member.expires, day)))
    }
  }
}

/** Gives groups and their members the values that were told of them. */
export function addValues(groups: Groups, { valuesOf }: ThingAttributes): void {
  for (const [id, { group, members }] of groups) {
    Object.assign(group, valuesOf('group', id))
    for (const [member, identity] of members) {
      const { attributes } = valuesOf('member_group', member, id)
      group.members.set(identity, memberWith(group.members.get(identity) ?? identity, attributes))
    }
  }
}

function earlier(one: string | undefined, other: string | undefined): string | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one < other ? one : other
}

/** The groups of a VO, in order. */
export function groupsIn(groups: Groups, vo: number): GroupDraft[] {
  const own = [...groups.values()].flatMap((one) => (one.vo === vo ? [one.group] : []))
  return own.sort((one, other) => compareText(one.name, other.name))
}
