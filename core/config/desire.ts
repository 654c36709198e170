import { compareText } from '../model/compare.ts'
import type { VoSpec } from '../../schemas/generated/config.ts'
import { configKinds, type DesiredObject, type Terms } from '../model/config-object.ts'
import { groupBy } from '../model/group-by.ts'
import type { Position } from '../model/finding.ts'
import type { Desired, DesiredRow } from '../model/state.ts'
import { nameOf, type Surroundings } from './catalog.ts'
import { checkDocuments, sortFindings } from './check.ts'
import type { ConfigDocument, PeopleFile, ReadDocument, Reading } from './document.ts'
import { keyLinesOf } from './key-lines.ts'
import { membersGroup, userOf } from './references.ts'

/** Says what the documents ask for, and everything that is wrong with them. */
export function desire(reading: Reading, surroundings: Surroundings): Desired {
  const findings = sortFindings([...reading.findings, ...checkDocuments(reading, surroundings)])
  const documents = inOrder(reading.documents)
  return {
    ...madeOf(documents),
    findings,
    unreadable: reading.unreadable,
  }
}

interface Made {
  readonly object: DesiredObject
  readonly rows: readonly DesiredRow[]
}

/** A document that is read again from the cache asks for the same as before. */
const made = new WeakMap<ReadDocument, Made>()

function madeOf(documents: readonly ReadDocument[]): Pick<Desired, 'objects' | 'rows'> {
  const objects: DesiredObject[] = []
  const rows: DesiredRow[] = []
  for (const entry of documents) {
    const { object, rows: own } = made.get(entry) ?? make(entry)
    objects.push(object)
    for (const row of own) rows.push(row)
  }
  return { objects, rows }
}

function make(entry: ReadDocument): Made {
  const fresh = { object: objectOf(entry), rows: rowsOf(entry) }
  made.set(entry, fresh)
  return fresh
}

/** Puts documents into an order that does not depend on the files they lie in. */
function inOrder(documents: readonly ReadDocument[]): ReadDocument[] {
  const byKind = groupBy(documents, ({ document }) => document.kind)
  return configKinds.flatMap((kind) => (byKind.get(kind) ?? []).sort((a, b) => compareNames(a.document, b.document)))
}

function compareNames({ metadata: a }: ConfigDocument, { metadata: b }: ConfigDocument): number {
  return compareText(a.vo ?? '', b.vo ?? '') || compareText(a.name, b.name)
}

function objectOf(entry: ReadDocument): DesiredObject {
  const { document } = entry
  const { title, description, previously = [] } = document.metadata
  const keyLines = keyLinesOf(entry)
  const { vo, name } = nameOf(document)
  // Spreads come last: with a key behind one, V8 gives every object a shape of its own, slow to read ever after.
  return {
    name,
    previously,
    at: entry.at,
    ...specOf(entry, document),
    ...(vo !== undefined && { vo }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...(document.kind === 'Group' && document.spec.where !== undefined && { whereAt: entry.locate(['spec', 'where']) }),
    ...(keyLines !== undefined && { keyLines }),
  }
}

type KindAndSpec = {
  [K in DesiredObject['kind']]: Pick<DesiredObject<K>, 'kind' | 'spec' | 'governsMembers'>
}[DesiredObject['kind']]

function specOf(entry: ReadDocument, document: ConfigDocument): KindAndSpec {
  switch (document.kind) {
    case 'VO': {
      const { members, membersFrom, terms, ...rest } = document.spec
      const spec = terms === undefined || entry.terms === undefined ? rest : { ...rest, terms: withTexts(terms, entry) }
      return { kind: 'VO', spec, governsMembers: members !== undefined || membersFrom !== undefined }
    }
    case 'Group': {
      const { members, membersFrom, ...spec } = document.spec
      return { kind: 'Group', spec, governsMembers: members !== undefined || membersFrom !== undefined }
    }
    case 'Service':
      return { kind: 'Service', spec: withTemplates(document.spec, entry.templates), governsMembers: false }
    default:
      return { governsMembers: false, ...kindAndSpec(document) }
  }
}

function withTexts(
  { next, ...terms }: NonNullable<VoSpec['terms']>,
  { terms: text = noText, nextTerms }: ReadDocument,
): Terms {
  const inForce = { ...terms, ...text }
  return next === undefined || nextTerms === undefined ? inForce : { ...inForce, next: { ...next, ...nextTerms } }
}

const noText = { text: '', sha256: '' }

type Plain = Exclude<ConfigDocument, { kind: 'VO' | 'Group' | 'Service' }>

function kindAndSpec(document: Plain): { [P in Plain as P['kind']]: Pick<P, 'kind' | 'spec'> }[Plain['kind']] {
  switch (document.kind) {
    case 'Instance':
      return { kind: document.kind, spec: document.spec }
    case 'Source':
      return { kind: document.kind, spec: document.spec }
    case 'Attribute':
      return { kind: document.kind, spec: document.spec }
    case 'User':
      return { kind: document.kind, spec: document.spec }
    case 'Facility':
      return { kind: document.kind, spec: document.spec }
    case 'Resource':
      return { kind: document.kind, spec: document.spec }
    case 'Form':
      return { kind: document.kind, spec: document.spec }
    case 'Notification':
      return { kind: document.kind, spec: document.spec }
  }
}

/** The template's text takes the place of its path, so that another text is a change of the service. */
function withTemplates(
  spec: Extract<ConfigDocument, { kind: 'Service' }>['spec'],
  templates: ReadDocument['templates'],
): Extract<ConfigDocument, { kind: 'Service' }>['spec'] {
  if (spec.template === undefined || templates === undefined) return spec
  return { ...spec, template: { files: { ...spec.template.files, ...templates } } }
}

function rowsOf(entry: ReadDocument): DesiredRow[] {
  const { document, people } = entry
  if (document.kind !== 'VO' && document.kind !== 'Group') return []
  const { name, vo = name } = document.metadata
  const group = document.kind === 'VO' || name === membersGroup ? undefined : name
  const rowOf: RowOf = (user, at, expires) => {
    const row = group === undefined ? { vo, user, at } : { vo, group, user, at }
    return expires === undefined || expires === '' ? row : { ...row, expires }
  }
  const placeOf = entry.locateEntries(['spec', 'members'])
  const inline = (document.spec.members ?? []).map((member, index) => {
    const { expires, attributes }: Exclude<typeof member, string> =
      typeof member === 'string' ? { user: member } : member
    const row = rowOf(userOf(member), placeOf(index), expires)
    return attributes === undefined || Object.keys(attributes).length === 0 ? row : { ...row, attributes }
  })
  return [...inline, ...rowsOfFile(people, rowOf)].sort((a, b) => compareText(a.user, b.user))
}

type RowOf = (user: string, at: Position, expires: string | undefined) => DesiredRow

function rowsOfFile(people: PeopleFile | undefined, rowOf: RowOf): DesiredRow[] {
  if (people === undefined) return []
  const { file, identities, expires, lines } = people
  return identities.map((user, index) => rowOf(user, { file, line: lines[index] ?? 1, column: 1 }, expires?.[index]))
}
