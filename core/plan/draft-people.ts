import { rolesIn } from '../config/roles.ts'
import { gatherPeople } from '../membership/people.ts'
import { isKind, type ConfigObject, type DesiredObject } from '../model/config-object.ts'
import type { JsonValue } from '../model/json.ts'
import type { Desired, IdentityRef, Person, State } from '../model/state.ts'
import type { AttributeNames } from './attribute-names.ts'
import type { PairIndex } from './pair-index.ts'
import { hasRules } from './rule-rows.ts'

/** Gathers everybody in force and everybody a commit brings, under the names that sources and attributes will have. */
export function draftPeople(
  state: State,
  desired: Desired,
  { ofKind, attributes }: Pick<PairIndex, 'ofKind'> & { readonly attributes: AttributeNames },
): ReturnType<typeof gatherPeople> {
  const former = new Map<DesiredObject, readonly IdentityRef[]>()
  const documents = ofKind('User').flatMap(({ have, want }) => {
    if (want === undefined || !isKind(want, 'User')) return []
    if (have !== undefined && isKind(have, 'User')) former.set(want, have.spec.identities)
    return [want]
  })
  const sources = new Map(
    ofKind('Source').flatMap(({ have, want }) =>
      have === undefined || want === undefined || have.name === want.name ? [] : [[have.name, want.name] as const],
    ),
  )
  const carried =
    attributes.carried.size === 0 ? state.people : state.people.map((person) => carryValues(person, attributes))
  return gatherPeople({
    people: sources.size === 0 ? carried : carried.map((person) => inRenamedSources(person, sources)),
    former: ofKind('User').flatMap(({ have }) =>
      have !== undefined && isKind(have, 'User') ? [withMovedNames(have, attributes)] : [],
    ),
    documents: documents.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    formerIdentities: (document) => former.get(document) ?? [],
    rows: hasRules(desired.objects) ? [...desired.rows, ...namedInRoles(desired.objects)] : desired.rows,
  })
}

/** Who is only named as somebody who may do something becomes a user too, and rules are about all users. */
function namedInRoles(objects: readonly DesiredObject[]): { readonly user: IdentityRef }[] {
  return objects.flatMap((object) =>
    rolesIn(object).flatMap(({ holders }) => holders.flatMap((one) => ('user' in one ? [{ user: one.user }] : []))),
  )
}

function inRenamedSources(person: Person, sources: ReadonlyMap<string, string>): Person {
  const renamed = (identity: IdentityRef): IdentityRef => {
    const slash = identity.indexOf('/')
    const source = sources.get(identity.slice(0, slash))
    return source === undefined ? identity : `${source}${identity.slice(slash)}`
  }
  const { seen } = person
  return {
    ...person,
    identities: person.identities.map(renamed),
    ...(seen === undefined ? {} : { seen: seen.map((one) => ({ ...one, identity: renamed(one.identity) })) }),
  }
}

/** What a document gave goes with it under whatever name the attribute has then. */
function withMovedNames(document: ConfigObject<'User'>, { carried }: AttributeNames): ConfigObject<'User'> {
  if (carried.size === 0) return document
  const given = Object.entries(document.spec.attributes ?? {}).flatMap(([bare, value]) => {
    const name = bare.includes('.') ? bare : `user.${bare}`
    return [name, carried.get(name) ?? name].map((one) => [one, value] as const)
  })
  return { ...document, spec: { ...document.spec, attributes: Object.fromEntries<JsonValue>(given) } }
}

/** Values go on under the new name of their attribute, and under the old one too, unless another attribute has it now. */
function carryValues(person: Person, { carried, isTakenOver }: AttributeNames): Person {
  const entries = Object.entries(person.attributes)
  const staying = entries.filter(
    ([name]) => !carried.has(name) || (carried.get(name) !== undefined && !isTakenOver(name)),
  )
  const moved = entries.flatMap(([name, value]) => {
    const now = carried.get(name)
    return now === undefined ? [] : [[now, value] as const]
  })
  return { ...person, attributes: Object.fromEntries<JsonValue>([...staying, ...moved]) }
}
