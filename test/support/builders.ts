import type {
  AttributeSpec,
  FacilitySpec,
  GroupSpec,
  InstanceSpec,
  ResourceSpec,
  ServiceSpec,
  SourceSpec,
  UserSpec,
} from '../../schemas/generated/config.ts'
import type { ConfigKind, DesiredObject, Specs, StoredObject } from '../../core/model/config-object.ts'
import type { Position } from '../../core/model/finding.ts'
import type { Desired, DesiredRow, IdentityRef, MembershipRow, State } from '../../core/model/state.ts'

/** A member as a document names one. */
export type Member = IdentityRef | Pick<DesiredRow, 'attributes' | 'expires' | 'user'>

/** A document of a test, with the members it names. */
export interface Document {
  readonly object: DesiredObject
  readonly members: readonly Member[]
}

interface Metadata {
  readonly vo?: string
  readonly name: string
  readonly previously?: readonly string[]
}

type Of<K extends ConfigKind> = { readonly kind: K; readonly spec: Specs[K] }

function documentOf<K extends ConfigKind>(of: Of<K>, metadata: Metadata, members?: readonly Member[]): Document {
  const file = `${of.kind}-${metadata.vo ?? ''}-${metadata.name}.yaml`
  const at: Position = { file, line: 1, column: 1 }
  // The kind and its spec belong together; TypeScript cannot see that through the union.
  const object: unknown = { previously: [], ...of, ...metadata, governsMembers: members !== undefined, at }
  return { object: object as DesiredObject, members: members ?? [] }
}

type Renamed = { readonly previously?: readonly string[] }
type WithMembers<S> = Omit<S, 'members'> & Renamed & { readonly members?: readonly Member[] }

function split<S extends object>(
  options: S & Renamed & { readonly members?: readonly Member[] },
): {
  readonly metadata: Renamed
  readonly members: readonly Member[] | undefined
  readonly spec: Omit<S, 'members' | 'previously'>
} {
  const { previously, members, ...spec } = options
  return { metadata: previously === undefined ? {} : { previously }, members, spec }
}

export function instance(spec: InstanceSpec = {}): Document {
  return documentOf({ kind: 'Instance', spec }, { name: 'example' })
}

export function source(name: string, options: Partial<SourceSpec> & Renamed = {}): Document {
  const { metadata, spec } = split(options)
  return documentOf({ kind: 'Source', spec: { type: 'declared', ...spec } }, { name, ...metadata })
}

export function user(name: string, spec: UserSpec): Document {
  return documentOf({ kind: 'User', spec }, { name })
}

export function attribute(name: string, spec: AttributeSpec): Document {
  return documentOf({ kind: 'Attribute', spec }, { name })
}

export function service(name: string, spec: ServiceSpec = {}): Document {
  return documentOf({ kind: 'Service', spec }, { name })
}

export function facility(name: string, options: FacilitySpec & Renamed = {}): Document {
  const { metadata, spec } = split(options)
  return documentOf({ kind: 'Facility', spec }, { name, ...metadata })
}

export function vo(name: string, options: WithMembers<Specs['VO']> = {}): Document {
  const { metadata, members, spec } = split(options)
  return documentOf({ kind: 'VO', spec }, { name, ...metadata }, members)
}

/** A group by `vo/name`. */
export function group(reference: string, options: WithMembers<GroupSpec> = {}): Document {
  const { metadata, members, spec } = split(options)
  return documentOf({ kind: 'Group', spec }, { ...namesOf(reference), ...metadata }, members)
}

/** A resource by `vo/name`, on facility hpc unless it says otherwise. */
export function resource(reference: string, options: Partial<ResourceSpec> & Renamed = {}): Document {
  const { metadata, spec } = split(options)
  return documentOf({ kind: 'Resource', spec: { facility: 'hpc', ...spec } }, { ...namesOf(reference), ...metadata })
}

function namesOf(reference: string): { readonly vo: string; readonly name: string } {
  const slash = reference.indexOf('/')
  return { vo: reference.slice(0, slash), name: reference.slice(slash + 1) }
}

/** What a commit with these documents asks for; the n-th member of a document stands on line n + 1. */
export function desire(...documents: readonly Document[]): Desired {
  return {
    objects: documents.map(({ object }) => object),
    rows: documents.flatMap(({ object, members }) =>
      members.map((member, index): DesiredRow => {
        const row = {
          ...(typeof member === 'string' ? { user: member } : member),
          at: { ...object.at, line: index + 2 },
        }
        return object.kind === 'VO' ? { vo: object.name, ...row } : { vo: object.vo ?? '', group: object.name, ...row }
      }),
    ),
    findings: [],
    unreadable: [],
  }
}

/** The state in which these documents are in force and everybody is VALID, whatever the date; the n-th person named has id n. */
export function inForce(...documents: readonly Document[]): State {
  const desired = desire(...documents)
  const named = new Set(desired.rows.map((row) => row.user))
  const described = documents.flatMap(({ object }) => (object.kind === 'User' ? [object.spec] : []))
  const claimed = new Set(described.flatMap(({ identities }) => identities))
  const people = [
    ...described.map(({ identities, attributes }) => ({ identities, attributes: userAttributes(attributes ?? {}) })),
    ...[...named]
      .filter((identity) => !claimed.has(identity))
      .map((identity) => ({ identities: [identity], attributes: {} })),
  ].map((person, index) => ({ id: index + 1, ...person }))
  const ids = new Map(people.flatMap(({ id, identities }) => identities.map((identity) => [identity, id] as const)))
  const rows = desired.rows.map(({ user: identity, vo: voName, group: groupName, expires }): MembershipRow => {
    const where = groupName === undefined ? { vo: voName } : { vo: voName, group: groupName }
    const row = expires === undefined ? where : { ...where, expires }
    return { ...row, user: ids.get(identity) ?? 0, origin: 'config', originName: '', status: 'VALID' }
  })
  const members = new Map(
    rows.map((row) => [`${row.vo} ${row.user}`, { vo: row.vo, user: row.user, status: 'VALID' as const }]),
  )
  return {
    objects: desired.objects.map((object, index): StoredObject => ({ ...object, id: index + 1 })),
    people,
    rows,
    members: [...members.values()],
    losses: [],
    bans: [],
    terms: [],
    gone: { values: [], identities: [] },
    heldValues: [],
    applied: {},
  }
}

function userAttributes(attributes: NonNullable<UserSpec['attributes']>): NonNullable<UserSpec['attributes']> {
  return Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`user.${name}`, value]))
}

/** People `idp/u01`, `idp/u02` …, as many as asked for, after leaving out some. */
export function people(count: number, from = 1): IdentityRef[] {
  return Array.from({ length: count }, (_, index) => `idp/u${String(index + from).padStart(4, '0')}`)
}

/** Schemas of offers are not what these tests are about: every value fits. */
export function anyValueFits(): () => [] {
  return () => []
}
