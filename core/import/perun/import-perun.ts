import { GuildhallError } from '../../errors.ts'
import { groupBy } from '../../model/group-by.ts'
import { directoryFiles, memberUntil, type ImportedVo } from '../directory.ts'
import { fittingName, noNames } from '../fitting-names.ts'
import { noNotes, noteOfPlace, type Imported, type Notes } from '../imported.ts'
import { beansOf, byId, inner, innerList, nameOf, numberIn, textIn, type Bean, type Call } from './beans.ts'
import { byAsked, callsOf, tellOthers, tellUnknown, type Given } from './calls.ts'
import { addMembers, addUnions, groupsIn, readGroups, readMembers, type Groups, type VoMember } from './read-groups.ts'
import { holderOf, readThingAttributes, type ThingAttributes } from './read-attributes.ts'
import { readPeople, type People } from './read-people.ts'
import { resourceFiles } from './read-resources.ts'
import { tellOtherAttributes } from './other-attributes.ts'

/** How an import names what its files do not name. */
interface PerunOptions {
  readonly instance: string
  /** The namespace whose logins are `user.login`. */
  readonly namespace?: string
  /** Tells whether a document may hold a text as a capability. */
  readonly isCapability: (text: string) => boolean
}

/** Makes a configuration of what Perun's methods gave, one call a file. IMPORT_REFUSED where there is no VO among it. */
export function importPerun(calls: readonly Call[], { instance, namespace, isCapability }: PerunOptions): Imported {
  const notes = noNotes()
  const beans = (of: Given) => beansOf(callsOf(calls, of), notes)
  const asked = (of: Given, by: string) => byAsked(callsOf(calls, of), by, notes)
  tellOthers(calls, notes)
  const vos = byId(beans('vos'), notes)
  if (vos.size === 0) {
    const message = 'Cannot import: none of the files holds VOs; expected one such as "vosManager.getVos.json"'
    throw new GuildhallError('IMPORT_REFUSED', message)
  }
  const members = [...beans('members'), ...beans('groupMembers')]
  const attributes = attributesOf([...beans('users'), ...members], asked('attributes', 'user'))
  tellOtherAttributes({ ofPeople: attributes, members, calls: callsOf(calls, 'attributes'), namespace }, notes)
  const people = readPeople(
    { ...peopleIn(beans('users'), beans('userExtSources'), members), attributes, namespace },
    notes,
  )
  const told = byId(beans('groups'), notes)
  const groups = readGroups([...told.values()], notes)
  const unions = [...asked('unions', 'group')].flatMap(([result, own]) => own.map((bean) => [result, bean] as const))
  addUnions(groups, unions, notes)
  const inVos = readMembers(members, people.byUser, notes)
  const inGroups = [...callsOf(calls, 'groupMembers'), ...callsOf(calls, 'members')]
  for (const [id, own] of byAsked(inGroups, 'group', notes)) {
    const group = groups.get(id)?.group
    if (group !== undefined) addMembers(group, own, { members: inVos, notes })
  }
  for (const [id, own] of asked('admins', 'group'))
    groups.get(id)?.group.managers.push(...managersOf(own, people, notes))
  const made = voNames(vos, notes)
  const [facilities, resources] = [byId(beans('facilities'), notes), byId(beans('resources'), notes)]
  const ofThings = readThingAttributes(
    {
      ...{ calls: callsOf(calls, 'attributes'), groups: beans('groups'), isCapability },
      made: { vo: made, group: groups, facility: facilities, resource: resources },
    },
    notes,
  )
  for (const [id, { group }] of groups) Object.assign(group, ofThings.valuesOf('group', id))
  const world: World = { groups, members: inVos, people, notes, admins: asked('admins', 'vo'), attributes: ofThings }
  const files = directoryFiles({
    ...{ instance, sources: people.sources, attributes: new Map(), people: people.people },
    vos: [...made].map(([id, name]) => voOf({ id, name, bean: vos.get(id) }, world)),
  })
  const known = { ...{ vo: vos, user: people.byUser, group: told }, facility: facilities, resource: resources }
  tellUnknown(calls, known, notes)
  const ofResources = resourceFiles(
    {
      ...{ facilities: [...facilities.values()], resources: [...resources.values()], vos: made, groups, told },
      ...{ assigned: asked('assigned', 'resource'), attributes: ofThings },
    },
    notes,
  )
  const definitions = { path: 'attributes.yaml', documents: ofThings.definitions }
  const defining = definitions.documents.length > 0 ? [definitions] : []
  return { files: [...files, ...defining, ...ofResources], changed: notes.changed, leftOut: once(notes.leftOut) }
}

/** People come by themselves and with members, and so do their identities. */
function peopleIn(
  users: readonly Bean[],
  userExtSources: readonly Bean[],
  members: readonly Bean[],
): Pick<Parameters<typeof readPeople>[0], 'userExtSources' | 'users'> {
  return {
    users: [...users, ...members.flatMap((bean) => inner(bean, 'user') ?? [])],
    userExtSources: [...userExtSources, ...users.flatMap(extSourcesIn), ...members.flatMap(extSourcesIn)],
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
  for (const [id, told] of asked) {
    const attributes = told.filter((bean) => (holderOf(bean) ?? 'user') === 'user')
    all.set(id, [...(all.get(id) ?? []), ...attributes])
  }
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
  readonly attributes: ThingAttributes
}

interface OneVo {
  readonly id: number
  readonly name: string
  readonly bean: Bean | undefined
}

function voOf({ id, name, bean }: OneVo, world: World): ImportedVo {
  const { groups, members, people, notes, admins, attributes } = world
  const title = bean === undefined ? undefined : textIn(bean, 'name', notes)
  const own = new Map([...members.values()].filter(({ vo }) => vo === id).map((member) => [member.identity, member]))
  return {
    ...{ name, ...(title !== undefined && title !== name && { title }) },
    managers: managersOf(admins.get(id) ?? [], people, notes),
    members: [...own.values()].map(({ identity, expires }) => memberUntil(identity, expires)),
    groups: groupsIn(groups, id),
    ...attributes.valuesOf('vo', id),
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
