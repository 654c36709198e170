import { GuildhallError } from '../../errors.ts'
import { groupBy } from '../../model/group-by.ts'
import { directoryFiles, memberUntil, memberWith, type ImportedPerson, type ImportedVo } from '../directory.ts'
import { fittingName, noNames } from '../fitting-names.ts'
import { noNotes, noteOfPlace, type Imported, type ImportedFile, type Notes } from '../imported.ts'
import { beansOf, byId, inner, innerList, nameOf, numberIn, textIn, type Bean, type Call } from './beans.ts'
import { byAsked, callsOf, tellOthers, tellUnknown, type Given } from './calls.ts'
import {
  addMembers,
  addUnions,
  addValues,
  groupsIn,
  readGroups,
  readMembers,
  type Groups,
  type VoMember,
} from './read-groups.ts'
import { readThingAttributes, type ThingAttributes } from './read-attributes.ts'
import { readPeople, type People } from './read-people.ts'
import { readResources, resourceFiles, type Resources } from './read-resources.ts'
import { tellOtherAttributes } from './other-attributes.ts'
import { placesIn } from './places.ts'
import { holderOf } from './things.ts'
import { toldAttributes } from './told-attributes.ts'

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
  tellOthers(calls, notes)
  const answers = answersIn(calls, notes)
  const vos = vosIn(answers)
  const people = peopleIn(answers, namespace)
  const told = byId(answers.beans('groups'), notes)
  const groups = groupsOf(told, answers)
  const members = readMembers(membersIn(answers), people.byUser, notes)
  fillGroups(groups, { answers, people, members })
  const names = voNames(vos, notes)
  const resources = resourcesIn(answers, { vos: names, groups, told })
  const placeOf = placesIn({ vos: names, users: people.byUser, groups, members, resources })
  const toldOfThings = toldAttributes({ callsOf: answers.callsOf, namespace }, notes)
  const attributes = readThingAttributes({ told: toldOfThings, placeOf, isCapability }, notes)
  addValues(groups, attributes)

  const world: World = { groups, members, people, notes, admins: answers.asked('vo', 'admins'), attributes }
  const files = directoryFiles({
    ...{ instance, sources: people.sources, attributes: new Map(), people: peopleWith(people, attributes) },
    vos: [...names].map(([id, name]) => voOf({ id, name, bean: vos.get(id) }, world)),
  })
  tellUnknown(calls, { vo: names, user: people.byUser, group: told, ...facilitiesIn(answers) }, notes)
  return {
    files: [...files, ...definitionFiles(attributes), ...resourceFiles(resources, attributes)],
    ...{ changed: notes.changed, leftOut: once(notes.leftOut) },
  }
}

/** What the calls gave; what is told while it is read goes to `notes`. */
interface Answers {
  readonly notes: Notes
  readonly callsOf: (given: Given) => readonly Call[]
  readonly beans: (given: Given) => readonly Bean[]
  /** By the number that they were asked with. */
  readonly asked: (by: string, ...given: readonly Given[]) => ReadonlyMap<number, readonly Bean[]>
}

function answersIn(calls: readonly Call[], notes: Notes): Answers {
  return {
    notes,
    callsOf: (given) => callsOf(calls, given),
    beans: (given) => beansOf(callsOf(calls, given), notes),
    asked: (by, ...given) =>
      byAsked(
        given.flatMap((one) => callsOf(calls, one)),
        by,
        notes,
      ),
  }
}

function vosIn({ beans, notes }: Answers): ReadonlyMap<number, Bean> {
  const vos = byId(beans('vos'), notes)
  if (vos.size > 0) return vos
  const message = 'Cannot import: none of the files holds VOs; expected one such as "vosManager.getVos.json"'
  throw new GuildhallError('IMPORT_REFUSED', message)
}

function membersIn({ beans }: Answers): Bean[] {
  return [...beans('members'), ...beans('groupMembers')]
}

function resourcesIn(
  { beans, asked, notes }: Answers,
  made: Pick<Parameters<typeof readResources>[0], 'groups' | 'told' | 'vos'>,
): Resources {
  const ofResources = { facilities: beans('facilities'), resources: beans('resources') }
  return readResources({ ...ofResources, ...made, assigned: asked('resource', 'assigned') }, notes)
}

function facilitiesIn({ beans, notes }: Answers): Readonly<Record<'facility' | 'resource', ReadonlyMap<number, Bean>>> {
  return { facility: byId(beans('facilities'), notes), resource: byId(beans('resources'), notes) }
}

/** People come by themselves and with members, and so do their identities. */
function peopleIn(answers: Answers, namespace: string | undefined): People {
  const { beans, asked, notes } = answers
  const [users, members] = [beans('users'), membersIn(answers)]
  const attributes = attributesOf([...users, ...members], asked('user', 'attributes'))
  const calls = { members: [...answers.callsOf('members'), ...answers.callsOf('groupMembers')] }
  tellOtherAttributes({ ofPeople: attributes, ...calls, calls: answers.callsOf('attributes'), namespace }, notes)
  return readPeople(
    {
      users: [...users, ...members.flatMap((bean) => inner(bean, 'user') ?? [])],
      userExtSources: [...beans('userExtSources'), ...users.flatMap(extSourcesIn), ...members.flatMap(extSourcesIn)],
      ...{ attributes, namespace },
    },
    notes,
  )
}

/** What is built in comes first. */
function peopleWith({ people }: People, { valuesOf }: ThingAttributes): ImportedPerson[] {
  return people.map(({ id, identities, attributes }) => ({
    identities,
    attributes: { ...attributes, ...valuesOf('user', id).attributes },
  }))
}

function groupsOf(told: ReadonlyMap<number, Bean>, { asked, notes }: Answers): Groups {
  const groups = readGroups([...told.values()], notes)
  const unions = [...asked('group', 'unions')].flatMap(([result, own]) => own.map((bean) => [result, bean] as const))
  addUnions(groups, unions, notes)
  return groups
}

interface Filling {
  readonly answers: Answers
  readonly people: People
  readonly members: ReadonlyMap<number, VoMember>
}

/** Puts into groups who is in each, and who manages it. */
function fillGroups(groups: Groups, { answers: { asked, notes }, people, members }: Filling): void {
  for (const [id, own] of asked('group', 'groupMembers', 'members')) {
    const group = groups.get(id)
    if (group !== undefined) addMembers(group, own, { members, notes })
  }
  for (const [id, own] of asked('group', 'admins'))
    groups.get(id)?.group.managers.push(...managersOf(own, people, notes))
}

function definitionFiles({ definitions }: ThingAttributes): ImportedFile[] {
  return definitions.length > 0 ? [{ path: 'attributes.yaml', documents: definitions }] : []
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
  const own = [...members].flatMap(([member, { vo, identity, expires }]) => {
    if (vo !== id) return []
    const values = attributes.valuesOf('member', member).attributes
    return [[identity, memberWith(memberUntil(identity, expires), values)] as const]
  })
  return {
    ...{ name, ...(title !== undefined && title !== name && { title }) },
    managers: managersOf(admins.get(id) ?? [], people, notes),
    members: [...new Map(own).values()],
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
