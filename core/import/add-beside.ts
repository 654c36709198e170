import { nameOf } from '../config/catalog.ts'
import type { ConfigDocument, PeopleFile, ReadDocument } from '../config/document.ts'
import { objectKey } from '../model/config-object.ts'
import { isEqual } from '../model/equal.ts'
import { showValue } from '../model/show-value.ts'
import { memberUntil } from './directory.ts'
import { fittingName, noNames, type GivenNames } from './fitting-names.ts'
import type { ImportedFile } from './imported.ts'

/** What of an import can be added to documents of which nothing is to change. */
export interface Beside {
  readonly files: readonly ImportedFile[]
  /** Documents that are there and say the same: `Source github at instance.yaml:6`. */
  readonly known: readonly string[]
  /** What is left out as what is there says otherwise: `Group astro/board at astro/groups/board.yaml:1`. */
  readonly conflicts: readonly string[]
}

/**
 * Parts documents into those that can be added, those that are there already, and those of which the ones that are there say
 * otherwise. People are the same where they have an identity in common; others get a name that is free.
 */
export function addBeside(files: readonly ImportedFile[], there: readonly ReadDocument[]): Beside {
  const around = aroundOf(files, there)
  const known: string[] = []
  const conflicts: string[] = []
  const left = files.map((file) => ({
    ...file,
    documents: file.documents.flatMap((whole) => {
      const found = counterpart(whole, around)
      const { document, conflict } = withFreeLogin(whole, { found, around })
      if (conflict !== undefined) conflicts.push(conflict)
      if (found === undefined) return [withFreeName(document, around)]
      const list = saysTheSame(found, document) ? known : conflicts
      list.push(placeOf(found))
      return []
    }),
  }))
  return { files: left.filter(({ documents }) => documents.length > 0), known, conflicts }
}

/** What is there, by what it is found by. */
interface Around {
  readonly byKey: ReadonlyMap<string, ReadDocument>
  readonly byIdentity: ReadonlyMap<string, ReadDocument>
  /** People by `user.login`, in small letters. */
  readonly byLogin: ReadonlyMap<string, ReadDocument>
  /** Of people, there and to come. */
  readonly names: GivenNames
}

function aroundOf(files: readonly ImportedFile[], there: readonly ReadDocument[]): Around {
  const people = there.filter(({ document }) => document.kind === 'User')
  const all = [...there.map(({ document }) => document), ...files.flatMap(({ documents }) => documents)]
  return {
    byKey: new Map(there.map((entry) => [keyOf(entry.document), entry])),
    byIdentity: new Map(people.flatMap((entry) => identitiesOf(entry.document).map((own) => [own, entry] as const))),
    byLogin: new Map(people.map((entry) => [loginOf(entry.document) ?? '', entry])),
    names: noNames(all.flatMap(({ kind, metadata }) => (kind === 'User' ? metadata.name : []))),
  }
}

/** There is one Instance. */
function keyOf(document: ConfigDocument): string {
  return document.kind === 'Instance' ? document.kind : objectKey(nameOf(document)).toLowerCase()
}

function identitiesOf({ kind, spec }: ConfigDocument): readonly string[] {
  return kind === 'User' ? spec.identities : []
}

function loginOf({ kind, spec }: ConfigDocument): string | undefined {
  const login = kind === 'User' ? spec.attributes?.['login'] : undefined
  return typeof login === 'string' ? login.toLowerCase() : undefined
}

function counterpart(document: ConfigDocument, { byKey, byIdentity }: Around): ReadDocument | undefined {
  if (document.kind !== 'User') return byKey.get(keyOf(document))
  return document.spec.identities.flatMap((identity) => byIdentity.get(identity) ?? [])[0]
}

interface Having {
  readonly found: ReadDocument | undefined
  readonly around: Around
}

/** Two people cannot have one login: who is there keeps it. */
function withFreeLogin(
  document: ConfigDocument,
  { found, around }: Having,
): { readonly document: ConfigDocument; readonly conflict?: string } {
  const login = loginOf(document)
  const owner = login === undefined ? undefined : around.byLogin.get(login)
  if (document.kind !== 'User' || owner === undefined || owner === found) return { document }
  const { login: taken, ...attributes } = document.spec.attributes ?? {}
  return {
    document: { ...document, spec: { ...document.spec, attributes } },
    conflict: `user.login of ${document.spec.identities[0] ?? ''}, as ${placeOf(owner)} has ${showValue(taken)}`,
  }
}

function withFreeName(document: ConfigDocument, { byKey, names }: Around): ConfigDocument {
  if (document.kind !== 'User' || !byKey.has(keyOf(document))) return document
  return { ...document, metadata: { ...document.metadata, name: fittingName(document.metadata.name, names) } }
}

/** Of the Instance and of sources an import knows the names alone. */
function saysTheSame({ document: there, people }: ReadDocument, document: ConfigDocument): boolean {
  if (document.kind === 'Instance' || document.kind === 'Source') return true
  return isEqual(contentOf(there, people), contentOf(document))
}

function contentOf({ metadata: { title, description }, spec }: ConfigDocument, people?: PeopleFile): object {
  if (people === undefined) return { title, description, spec }
  const members = people.identities.map((user, index) => memberUntil(user, people.expires?.[index]))
  return { title, description, spec: { ...spec, members, membersFrom: undefined } }
}

function placeOf({ document, at }: ReadDocument): string {
  return `${objectKey(nameOf(document))} at ${at.file}:${at.line}`
}
