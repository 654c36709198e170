import { paragraphsFault } from '../input.ts'
import { draft, noGroups, type GroupDraft } from '../group-tree.ts'
import { noteOfPlace, type Notes } from '../imported.ts'
import { lineFault } from '../input.ts'
import { showValue } from '../../model/show-value.ts'
import { include, inclusionsOf, type Inclusions } from '../inclusions.ts'
import { textsOf, valuesOf, type NamedEntry } from './entries.ts'
import type { People } from './read-people.ts'

const groupClasses = ['groupofnames', 'groupofuniquenames', 'groupofmembers', 'posixgroup']

/** Tells whether an entry is a group whose members stand in it. */
export function isGroup({ classes }: NamedEntry): boolean {
  return groupClasses.some((name) => classes.has(name))
}

/** A group and the number it has in Unix. */
interface NumberedGroup {
  readonly group: GroupDraft
  readonly gid?: number
}

/** What groups are read with. */
interface Around {
  readonly people: People
  readonly keyOf: (dn: string) => string
  readonly notes: Notes
}

/** Makes groups of entries, all at the top; a group that is a member of another is included in it, unless that went round. */
export function readGroups(entries: readonly NamedEntry[], around: Around): NumberedGroup[] {
  const tree = noGroups()
  const groups = new Map<string, GroupDraft>()
  for (const named of entries) {
    const [name] = textsOf(named.entry, 'cn')
    const fault = name === undefined ? 'no cn names the group' : lineFault(name)
    if (name === undefined || fault !== undefined) {
      around.notes.leftOut.push(noteOfPlace(named.entry, named.dn, fault ?? ''))
      continue
    }
    const group = draft(tree, '', name)
    groups.set(named.key, group)
    if (group.title === undefined) continue
    const why = `no group, or no other, can be called so; its name is ${showValue(group.name)}, its title says the other`
    around.notes.changed.push(noteOfPlace(named.entry, named.dn, why))
  }
  const filling = { ...around, groups, inclusions: inclusionsOf([...groups.values()]), numbers: new Set<number>() }
  return entries.flatMap((named) => {
    const group = groups.get(named.key)
    return group === undefined ? [] : [fill(named, group, filling)]
  })
}

interface Filling extends Around {
  readonly groups: ReadonlyMap<string, GroupDraft>
  readonly inclusions: Inclusions
  readonly numbers: Set<number>
}

function fill(named: NamedEntry, group: GroupDraft, filling: Filling): NumberedGroup {
  const { entry, dn } = named
  const tell = (name: string) => (line: number, why: string) =>
    void filling.notes.leftOut.push(noteOfPlace({ ...entry, line }, `${name} of ${dn}`, why))
  const [description] = valuesOf(entry, 'description', tell('description')).filter(({ value, line }) => {
    const fault = paragraphsFault(value)
    if (fault !== undefined) tell('description')(line, fault)
    return fault === undefined
  })
  if (description !== undefined) group.description = description.value
  for (const name of ['member', 'uniquemember'])
    for (const { value, line } of valuesOf(entry, name, tell(name)))
      addMember(group, value, { filling, tell: (why) => tell(name)(line, why) })
  for (const { value, line } of valuesOf(entry, 'memberuid', tell('memberuid'))) {
    const identity = filling.people.byLogin.get(value.toLowerCase())
    if (identity === undefined) tell('memberuid')(line, `nobody here has the login ${showValue(value)}`)
    else group.members.set(identity, identity)
  }
  for (const { value, line } of valuesOf(entry, 'owner', tell('owner'))) {
    const identity = filling.people.byKey.get(filling.keyOf(value))
    if (identity === undefined) tell('owner')(line, `there is no person ${showValue(value)} here`)
    else if (!group.managers.includes(identity)) group.managers.push(identity)
  }
  return { group, ...numberOf(named, group, filling) }
}

interface Adding {
  readonly filling: Filling
  readonly tell: (why: string) => void
}

function addMember(group: GroupDraft, dn: string, { filling, tell }: Adding): void {
  const key = filling.keyOf(dn)
  const identity = filling.people.byKey.get(key)
  const inner = filling.groups.get(key)
  if (identity !== undefined) group.members.set(identity, identity)
  else if (inner === undefined) tell(`there is neither a person nor a group ${showValue(dn)} here`)
  else if (!include(filling.inclusions, group, inner))
    tell(
      `${showValue(inner.name)} has the members of ${showValue(group.name)} already, and a group is no member of itself`,
    )
}

/** Whose first group a Unix group is stands with the person, not with the group. */
function numberOf(
  { entry, dn }: NamedEntry,
  group: GroupDraft,
  { people, notes, numbers }: Filling,
): { readonly gid?: number } {
  const [gid] = textsOf(entry, 'gidnumber')
  if (gid === undefined) return {}
  for (const identity of people.byGid.get(gid) ?? []) group.members.set(identity, identity)
  const number = Number(gid)
  if (/^\d{1,10}$/.test(gid) && !numbers.has(number)) {
    numbers.add(number)
    return { gid: number }
  }
  notes.leftOut.push(noteOfPlace(entry, `gidnumber of ${dn}`, 'it is no number, or another group has it already'))
  return {}
}
