import type { ConfigDocument } from '../config/document.ts'
import { fittingName, noNames, type GivenNames } from '../import/fitting-names.ts'
import { fileFor } from '../import/document.ts'
import type { ImportedFile } from '../import/imported.ts'
import { compareText } from '../model/compare.ts'
import { configKinds, isKind, type ConfigKind, type StoredObject } from '../model/config-object.ts'
import { groupBy } from '../model/group-by.ts'
import type { MembershipRow, State, UserId } from '../model/state.ts'
import { namesOfPeople, type IsIdentity } from './names-of-people.ts'
import { derivedNamesIn, withoutDerived } from './without-derived.ts'
import type { Member, ServiceSpec, VoSpec } from '../../schemas/generated/config.ts'

/** What is exported of the state. */
export type Exportable = Pick<State, 'objects' | 'people' | 'rows'>

/** The name of the file of each kind, in the folder `instance` or in that of the VO. */
const fileNames: Readonly<Record<ConfigKind, string>> = {
  Instance: 'instance',
  Source: 'sources',
  Attribute: 'attributes',
  Service: 'services',
  User: 'people',
  Facility: 'facilities',
  VO: 'vo',
  Group: 'groups',
  Resource: 'resources',
  Form: 'forms',
  Notification: 'notifications',
}

/**
 * Makes the documents in force anew, with the members that git names: planning them changes nothing. Groups that a source keeps are none
 * of them, nor are members whom no document can name.
 */
export function exportState({ objects, people, rows }: Exportable, isIdentity: IsIdentity): ImportedFile[] {
  const names = namesOfPeople(people, isIdentity)
  const members = groupBy(
    rows.filter(({ origin }) => origin === 'config'),
    ({ vo, group }) => placeKey(vo, group),
  )
  const around = { names, members, templates: noNames() }
  const derived = derivedNamesIn(objects)
  const declared = objects.filter(({ sourced }) => sourced === undefined).map((one) => withoutDerived(one, derived))
  const files = groupBy(declared, pathOf)
  return [...files]
    .sort(([one], [other]) => compareText(one, other))
    .map(([path, own]) => {
      const made = inOrder(own).map((object) => documentOf(object, around))
      const beside = new Map(made.flatMap((one) => one.beside))
      return { path, documents: made.map(({ document }) => document), ...(beside.size > 0 && { beside }) }
    })
}

function placeKey(vo: string, group: string | undefined): string {
  return `${vo}/${group ?? ''}`
}

function pathOf({ kind, vo, name }: StoredObject): string {
  if (kind === 'VO') return fileFor(`vos/${name}`, fileNames.VO)
  return fileFor(vo === undefined ? 'instance' : `vos/${vo}`, fileNames[kind])
}

function inOrder(objects: readonly StoredObject[]): StoredObject[] {
  return [...objects].sort(
    (one, other) =>
      configKinds.indexOf(one.kind) - configKinds.indexOf(other.kind) || compareText(one.name, other.name),
  )
}

interface Around {
  readonly names: ReadonlyMap<UserId, string>
  readonly members: ReadonlyMap<string, readonly MembershipRow[]>
  /** Names of templates that are given. */
  readonly templates: GivenNames
}

interface Made {
  readonly document: ConfigDocument
  readonly beside: readonly (readonly [path: string, text: string])[]
}

function documentOf(object: StoredObject, around: Around): Made {
  const { vo, name, title, description } = object
  const metadata = {
    ...{ name, ...(vo !== undefined && { vo }), ...(title !== undefined && { title }) },
    ...(description !== undefined && { description }),
  }
  const head = { apiVersion: 'guildhall/v1', metadata } as const
  if (isKind(object, 'VO')) {
    const { spec, beside } = withTermsBeside(object)
    return { document: { ...head, kind: 'VO', spec: { ...spec, ...membersIn(object, around) } }, beside }
  }
  if (isKind(object, 'Group'))
    return { document: { ...head, kind: 'Group', spec: { ...object.spec, ...membersIn(object, around) } }, beside: [] }
  if (isKind(object, 'Service')) {
    const { spec, beside } = withTemplatesBeside(object, around.templates)
    return { document: { ...head, kind: 'Service', spec }, beside }
  }
  return { document: plainDocument(object, head), beside: [] }
}

type Head = Pick<ConfigDocument, 'apiVersion' | 'metadata'>
type Plain = Exclude<StoredObject, { kind: 'VO' | 'Group' | 'Service' }>

function plainDocument(object: Plain, head: Head): ConfigDocument {
  switch (object.kind) {
    case 'Instance':
      return { ...head, kind: object.kind, spec: object.spec }
    case 'Source':
      return { ...head, kind: object.kind, spec: object.spec }
    case 'Attribute':
      return { ...head, kind: object.kind, spec: object.spec }
    case 'User':
      return { ...head, kind: object.kind, spec: object.spec }
    case 'Facility':
      return { ...head, kind: object.kind, spec: object.spec }
    case 'Resource':
      return { ...head, kind: object.kind, spec: object.spec }
    case 'Form':
      return { ...head, kind: object.kind, spec: object.spec }
    case 'Notification':
      return { ...head, kind: object.kind, spec: object.spec }
  }
}

function membersIn(
  { kind, vo, name, governsMembers }: StoredObject<'VO' | 'Group'>,
  { names, members }: Around,
): { readonly members?: Member[] } {
  if (!governsMembers) return {}
  const rows = members.get(kind === 'VO' ? placeKey(name, undefined) : placeKey(vo ?? '', name)) ?? []
  const named = rows.flatMap((row) => {
    const user = names.get(row.user)
    return user === undefined ? [] : [{ row, user }]
  })
  return { members: named.sort((one, other) => compareText(one.user, other.user)).map(memberOf) }
}

function memberOf({ row, user }: { readonly row: MembershipRow; readonly user: string }): Member {
  const { expires, attributes = {} } = row
  const hasValues = Object.keys(attributes).length > 0
  if (expires === undefined && !hasValues) return user
  return { user, ...(expires !== undefined && { expires }), ...(hasValues && { attributes }) }
}

function withTermsBeside({ spec: { terms, ...spec } }: StoredObject<'VO'>): {
  readonly spec: VoSpec
  readonly beside: Made['beside']
} {
  if (terms === undefined) return { spec, beside: [] }
  const { version, file, text, next, resignEvery, grace } = terms
  const written: VoSpec['terms'] = {
    ...{ version, file },
    ...(next !== undefined && { next: { version: next.version, file: next.file } }),
    ...(resignEvery !== undefined && { resignEvery }),
    ...(grace !== undefined && { grace }),
  }
  const announced = next === undefined ? [] : [[next.file, next.text] as const]
  return { spec: { ...spec, terms: written }, beside: [[file, text], ...announced] }
}

/** The text stands in the state in place of its path, which nobody knows any more. */
function withTemplatesBeside(
  { name, spec }: StoredObject<'Service'>,
  given: GivenNames,
): { readonly spec: ServiceSpec; readonly beside: Made['beside'] } {
  if (spec.template === undefined) return { spec, beside: [] }
  const placed = Object.entries(spec.template.files).map(([file, text]) => {
    const path = `templates/${fittingName(name.replace(/^\.+/, '_').slice(0, 80), given)}.liquid`
    return { file, text, path }
  })
  const files = Object.fromEntries(placed.map(({ file, path }) => [file, path]))
  return {
    spec: { ...spec, template: { ...spec.template, files } },
    beside: placed.map(({ path, text }) => [path, text] as const),
  }
}
