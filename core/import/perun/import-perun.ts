import { GuildhallError } from '../../errors.ts'
import { groupBy } from '../../model/group-by.ts'
import { directoryFiles, memberUntil, type ImportedVo } from '../directory.ts'
import { fittingName, noNames } from '../fitting-names.ts'
import { noNotes, noteOfPlace, type Imported, type Notes } from '../imported.ts'
import { beansOf, byId, inner, innerList, nameOf, numberIn, textIn, type Bean, type Call } from './beans.ts'
import { addMembers, addUnions, groupsIn, readGroups, readMembers, type Groups, type VoMember } from './read-groups.ts'
import { readPeople, type People } from './read-people.ts'
import { resourceFiles } from './read-resources.ts'

/** How an import names what its files do not name. */
interface PerunOptions {
  readonly instance: string
  /** The namespace whose logins are `user.login`. */
  readonly namespace?: string
}

/** Methods of which something is taken, by what they give. */
const methods = {
  vos: ['getVos', 'getAllVos', 'getMyVos'],
  users: ['getUsers', 'getRichUsers', 'getRichUsersWithAttributes', 'getAllRichUsersWithAttributes'],
  userExtSources: ['getUserExtSources'],
  members: ['getMembers', 'getRichMembers', 'getRichMembersWithAttributes', 'getCompleteRichMembers'],
  groups: ['getGroups', 'getAllGroups', 'getSubGroups', 'getAllSubGroups'],
  groupMembers: ['getGroupMembers', 'getGroupDirectMembers', 'getGroupRichMembers', 'getGroupDirectRichMembers'],
  unions: ['getGroupUnions'],
  facilities: ['getFacilities', 'getAllFacilities'],
  resources: ['getResources', 'getAllResources'],
  assigned: ['getAssignedGroups', 'getGroupAssignments'],
  attributes: ['getAttributes'],
  admins: ['getAdmins', 'getDirectAdmins', 'getRichAdmins'],
} as const

/** Makes a configuration of what Perun's methods gave, one call a file. IMPORT_REFUSED where there is no VO among it. */
export function importPerun(calls: readonly Call[], { instance, namespace }: PerunOptions): Imported {
  const notes = noNotes()
  const beans = (of: keyof typeof methods) => beansOf(callsOf(calls, of), notes)
  const asked = (of: keyof typeof methods, by: string) => byAsked(callsOf(calls, of), by, notes)
  tellOthers(calls, notes)
  const vos = byId(beans('vos'), notes)
  if (vos.size === 0) {
    const message = 'Cannot import: none of the files holds VOs; expected one such as "vosManager.getVos.json"'
    throw new GuildhallError('IMPORT_REFUSED', message)
  }
  const members = [...beans('members'), ...beans('groupMembers')]
  const attributes = attributesOf([...beans('users'), ...members], asked('attributes', 'user'))
  tellAttributes([...attributes.values()].flat(), namespace, notes)
  const people = readPeople(
    {
      users: [...beans('users'), ...members.flatMap((bean) => inner(bean, 'user') ?? [])],
      userExtSources: [
        ...beans('userExtSources'),
        ...beans('users').flatMap(extSourcesIn),
        ...members.flatMap(extSourcesIn),
      ],
      attributes,
      namespace,
    },
    notes,
  )
  const told = byId(beans('groups'), notes)
  const groups = readGroups([...told.values()], notes)
  const unions = [...asked('unions', 'group')].flatMap(([result, own]) => own.map((bean) => [result, bean] as const))
  addUnions(groups, unions, notes)
  const inVos = readMembers(members, people.byUser, notes)
  for (const [id, own] of asked('groupMembers', 'group')) {
    const group = groups.get(id)?.group
    if (group !== undefined) addMembers(group, own, { members: inVos, notes })
  }
  for (const [id, own] of asked('admins', 'group'))
    groups.get(id)?.group.managers.push(...managersOf(own, people, notes))
  const world: World = { groups, members: inVos, people, notes, admins: asked('admins', 'vo') }
  const made = voNames(vos, notes)
  const files = directoryFiles({
    ...{ instance, sources: people.sources, attributes: new Map(), people: people.people },
    vos: [...made].map(([id, name]) => voOf({ id, name, bean: vos.get(id) }, world)),
  })
  const resources = resourceFiles(
    {
      ...{ facilities: beans('facilities'), resources: beans('resources'), vos: made, groups, told },
      assigned: asked('assigned', 'resource'),
    },
    notes,
  )
  return { files: [...files, ...resources], changed: notes.changed, leftOut: once(notes.leftOut) }
}

function callsOf(calls: readonly Call[], of: keyof typeof methods): Call[] {
  const names: readonly string[] = methods[of]
  return calls.filter(({ method }) => names.includes(method))
}

function byAsked(calls: readonly Call[], by: string, notes: Notes): ReadonlyMap<number, readonly Bean[]> {
  const found = new Map<number, Bean[]>()
  for (const call of calls) {
    const id = call.asked.get(by)
    if (id !== undefined) found.set(id, [...(found.get(id) ?? []), ...beansOf([call], notes)])
  }
  return found
}

function tellOthers(calls: readonly Call[], { leftOut }: Notes): void {
  const known: readonly string[] = Object.values(methods).flat()
  for (const { file, method } of calls)
    if (!known.includes(method)) leftOut.push({ file, line: 1, what: method, why: 'of this method nothing is taken' })
}

const takenAttributes = ['preferredMail', 'mail', 'sshPublicKey']

/** Once for each attribute, not for each who has it. */
function tellAttributes(attributes: readonly Bean[], namespace: string | undefined, { leftOut }: Notes): void {
  const told = new Set([...takenAttributes, `login-namespace:${namespace ?? ''}`])
  for (const bean of attributes) {
    const { friendlyName, value } = bean.value
    if (typeof friendlyName !== 'string' || told.has(friendlyName) || (value ?? null) === null) continue
    told.add(friendlyName)
    leftOut.push(noteOfPlace(bean, `attribute ${friendlyName.slice(0, 100)}`, 'of people it is not taken'))
  }
}

function extSourcesIn(bean: Bean): Bean[] {
  const user = numberIn(inner(bean, 'user') ?? bean, 'id')
  return innerList(bean, 'userExtSources').map((own) => ({ ...own, value: { userId: user ?? null, ...own.value } }))
}

/** What was asked for by user holds before what rich objects carry along. */
function attributesOf(
  beans: readonly Bean[],
  asked: ReadonlyMap<number, readonly Bean[]>,
): ReadonlyMap<number, readonly Bean[]> {
  const carried = groupBy(beans, (bean) => numberIn(inner(bean, 'user') ?? bean, 'id') ?? -1)
  const own = [...carried].map(([id, rich]) => [id, rich.flatMap((bean) => innerList(bean, 'userAttributes'))] as const)
  const all = new Map<number, readonly Bean[]>(own)
  for (const [id, attributes] of asked) all.set(id, [...(all.get(id) ?? []), ...attributes])
  return all
}

function voNames(vos: ReadonlyMap<number, Bean>, notes: Notes): ReadonlyMap<number, string> {
  const given = noNames()
  return new Map(
    [...vos].map(([id, bean]) => {
      const short = textIn(bean, 'shortName', notes)
      const name = fittingName(short ?? '', given)
      if (name !== short) notes.changed.push(noteOfPlace(bean, nameOf(bean), `its name is "${name}"`))
      return [id, name]
    }),
  )
}

interface World {
  readonly groups: Groups
  readonly members: ReadonlyMap<number, VoMember>
  readonly people: People
  readonly notes: Notes
  readonly admins: ReadonlyMap<number, readonly Bean[]>
}

interface OneVo {
  readonly id: number
  readonly name: string
  readonly bean: Bean | undefined
}

function voOf({ id, name, bean }: OneVo, { groups, members, people, notes, admins }: World): ImportedVo {
  const title = bean === undefined ? undefined : textIn(bean, 'name', notes)
  const own = new Map([...members.values()].filter(({ vo }) => vo === id).map((member) => [member.identity, member]))
  return {
    ...{ name, ...(title !== undefined && title !== name && { title }) },
    managers: managersOf(admins.get(id) ?? [], people, notes),
    members: [...own.values()].map(({ identity, expires }) => memberUntil(identity, expires)),
    groups: groupsIn(groups, id),
  }
}

function managersOf(beans: readonly Bean[], { byUser }: People, { leftOut }: Notes): string[] {
  const found = beans.flatMap((bean) => {
    const identity = byUser.get(numberIn(bean, 'id') ?? -1)
    if (identity === undefined) leftOut.push(noteOfPlace(bean, nameOf(bean), 'the manager is not among the users'))
    return identity ?? []
  })
  return [...new Set(found)]
}

/** What is read again for another question is told once. */
function once(notes: Imported['leftOut']): Imported['leftOut'] {
  return [...new Map(notes.map((note) => [JSON.stringify(note), note])).values()]
}
