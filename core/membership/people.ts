import type { ConfigObject, DesiredObject } from '../model/config-object.ts'
import { compareText } from '../model/compare.ts'
import type { JsonValue } from '../model/json.ts'
import type { IdentityRef, Person, SeenIdentity, UserId } from '../model/state.ts'
import type { PersonIndex } from './person-marks.ts'

/** Everybody in force and everybody a commit brings, by number. */
export interface People {
  readonly count: number
  /** The identity that names the person in every output. */
  readonly names: readonly IdentityRef[]
  /** Undefined for people who are new. */
  readonly ids: readonly (UserId | undefined)[]
  find(identity: IdentityRef): PersonIndex | undefined
  ofId(id: UserId): PersonIndex | undefined
  /** All identities of a person as they will be, in no order. */
  identities(person: PersonIndex): readonly IdentityRef[]
  /** The identities that a person in force has by now; none of somebody who is new. */
  formerIdentities(person: PersonIndex): readonly IdentityRef[]
  /** How the identities of a person were last seen. */
  seen(person: PersonIndex): readonly SeenIdentity[]
  /** Attributes of the holder user as they will be, by full name. */
  attributes(person: PersonIndex): Readonly<Record<string, JsonValue>>
  /** The User document of a person. */
  documentOf(person: PersonIndex): DesiredObject<'User'> | undefined
}

/** A User document whose identities belong to more than one person. */
export interface TakenIdentity {
  readonly document: DesiredObject<'User'>
  readonly identity: IdentityRef
  /** Whose it is, by name. */
  readonly owner: IdentityRef
}

/** What people are gathered from. */
export interface PeopleInput {
  readonly people: readonly Person[]
  readonly documents: readonly DesiredObject<'User'>[]
  /** The documents in force. */
  readonly former: readonly ConfigObject<'User'>[]
  /** The identities that the document in force lists, for a document that changes. */
  readonly formerIdentities: (document: DesiredObject<'User'>) => readonly IdentityRef[]
  /** What else names identities; an unknown one is a new person. */
  readonly rows: Iterable<{ readonly user: IdentityRef }>
}

interface Draft {
  readonly ids: (UserId | undefined)[]
  readonly names: IdentityRef[]
  readonly indexOf: Map<IdentityRef, PersonIndex>
  readonly documents: Map<PersonIndex, DesiredObject<'User'>>
}

/** Gathers everybody, and the documents that claim an identity of somebody else. */
export function gatherPeople(input: PeopleInput): {
  readonly people: People
  readonly taken: readonly TakenIdentity[]
} {
  const draft: Draft = { ids: [], names: [], indexOf: new Map(), documents: new Map() }
  const indexOfId = new Map<UserId, PersonIndex>()
  for (const { id, identities } of input.people) {
    const person = addPerson(draft, identities)
    draft.ids[person] = id
    indexOfId.set(id, person)
  }
  const taken = input.documents.flatMap((document) => describe(draft, document, input.formerIdentities(document)))
  // Without a document the order is by code point; a document that goes leaves its own order in the state.
  for (const [person, { identities }] of input.people.entries()) {
    if (identities.length > 1 && !draft.documents.has(person))
      draft.names[person] = [...identities].sort(compareText)[0] ?? ''
  }
  for (const { user } of input.rows) {
    if (!draft.indexOf.has(user)) addPerson(draft, [user])
  }
  const declaredBefore = new Map(
    input.former.map((document) => [draft.indexOf.get(document.spec.identities[0] ?? ''), document]),
  )
  const attributes = (person: PersonIndex): Readonly<Record<string, JsonValue>> => {
    const stored = input.people[person]?.attributes ?? {}
    const before = valuesOf(declaredBefore.get(person))
    const now = valuesOf(draft.documents.get(person))
    // What a document gave goes with it.
    const gone = Object.keys(before).some((name) => now[name] === undefined && stored[name] !== undefined)
    const kept = gone
      ? Object.fromEntries(Object.entries(stored).filter(([name]) => before[name] === undefined))
      : stored
    return { ...kept, ...now }
  }
  const people: People = {
    count: draft.ids.length,
    names: draft.names,
    ids: draft.ids,
    find: (identity) => draft.indexOf.get(identity),
    ofId: (id) => indexOfId.get(id),
    formerIdentities: (person) => input.people[person]?.identities ?? [],
    identities: (person) => {
      const known = input.people[person]?.identities ?? [draft.names[person] ?? '']
      const documented = draft.documents.get(person)?.spec.identities
      return documented === undefined ? known : [...new Set([...documented, ...known])]
    },
    seen: (person) => input.people[person]?.seen ?? [],
    attributes,
    documentOf: (person) => draft.documents.get(person),
  }
  return { people, taken }
}

function valuesOf(document: ConfigObject<'User'> | undefined): Readonly<Record<string, JsonValue>> {
  const declared = Object.entries(document?.spec.attributes ?? {})
  return Object.fromEntries<JsonValue>(
    declared.map(([name, value]) => [name.includes('.') ? name : `user.${name}`, value]),
  )
}

function addPerson(draft: Draft, identities: readonly IdentityRef[]): PersonIndex {
  const person = draft.ids.length
  draft.ids.push(undefined)
  draft.names.push(identities[0] ?? '')
  for (const identity of identities) draft.indexOf.set(identity, person)
  return person
}

/** Joins a document with the one person it is about, and says which of its identities are somebody else's. */
function describe(draft: Draft, document: DesiredObject<'User'>, former: readonly IdentityRef[]): TakenIdentity[] {
  const { identities } = document.spec
  const owners = [...former, ...identities].flatMap((identity) => draft.indexOf.get(identity) ?? [])
  const person = owners[0] ?? addPerson(draft, identities)
  const taken = identities.flatMap((identity): TakenIdentity[] => {
    const owner = draft.indexOf.get(identity) ?? person
    const elsewhere = owner !== person || draft.documents.has(owner)
    return elsewhere ? [{ document, identity, owner: draft.names[owner] ?? identity }] : []
  })
  if (taken.length > 0) return taken.slice(0, 1)
  for (const identity of identities) draft.indexOf.set(identity, person)
  draft.names[person] = identities[0] ?? draft.names[person] ?? ''
  draft.documents.set(person, document)
  return []
}
