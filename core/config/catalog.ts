import { objectKey, type ConfigKind } from '../model/config-object.ts'
import { groupBy } from '../model/group-by.ts'
import type { Finding } from '../model/finding.ts'
import type { JsonObject, JsonValue } from '../model/json.ts'
import { didYouMean } from '../model/nearest.ts'
import { showPath } from '../model/path.ts'
import { scopeOf } from '../model/scope.ts'
import type { TemplateName } from '../notifications/unknown-tags.ts'
import type { ConfigDocument, ObjectName, Path, ReadDocument, Reading } from './document.ts'

/** What is wrong with a value, seen from the value. */
export interface Mismatch {
  readonly code?: Finding['code']
  readonly path: Path
  readonly message: string
}

/** Tells what is wrong with a value. */
export type CheckValue = (value: JsonValue) => readonly Mismatch[]

/** What the rules must know of the program they run in. */
export interface Surroundings {
  /** Compiles a JSON Schema that a document brings along, or says what is wrong with it. */
  readonly compileSchema: (schema: JsonObject) => CheckValue | Mismatch
  /** Tells what is wrong with a Liquid template. */
  readonly templateFault: (text: string) => string | undefined
  /** Lists what a Liquid template names. */
  readonly templateNames: (text: string) => readonly TemplateName[]
  /** The built-in generators, with the check of their options. */
  readonly generators: ReadonlyMap<string, CheckValue>
  /** Of whom the files of a generator can tell that they have no access. */
  readonly tells: (generator: string) => readonly JsonValue[]
  /** The types of destinations, with the check of their options. */
  readonly destinationTypes: ReadonlyMap<string, CheckValue>
  /** The types of sources that are read, with the check of their options. */
  readonly sourceTypes: ReadonlyMap<string, CheckValue>
}

/** A read document of one kind. */
export interface Entry<K extends ConfigKind = ConfigKind> extends Omit<ReadDocument, 'document'> {
  readonly document: Extract<ConfigDocument, { readonly kind: K }>
}

/** All documents, findable by kind and name. */
export interface Catalog {
  /** False while a file cannot be read: what it held may be in force all the same. */
  readonly isWhole: boolean
  readonly all: readonly ReadDocument[]
  readonly surroundings: Surroundings
  /** The documents of a kind, in the order in which they were read. */
  of<K extends ConfigKind>(kind: K): readonly Entry<K>[]
  /** The document of that name; undefined also where it is there but bad. */
  find<K extends ConfigKind>(kind: K, name: string, vo?: string): Entry<K> | undefined
  /** Whether there is a document of that name, good or bad. */
  has(name: ObjectName): boolean
  /** Names of a kind, within a VO. */
  names(kind: ConfigKind, vo?: string): readonly string[]
}

/** Names a document. */
export function nameOf(document: ConfigDocument): ObjectName {
  const { vo, name } = document.metadata
  return vo === undefined ? { kind: document.kind, name } : { kind: document.kind, vo, name }
}

/** Makes the documents of a reading findable. */
export function catalogOf(reading: Reading, surroundings: Surroundings): Catalog {
  const byKind = groupBy(reading.documents, (entry) => entry.document.kind)
  const byKey = new Map<string, ReadDocument>()
  for (const entry of reading.documents) {
    const key = objectKey(nameOf(entry.document))
    if (!byKey.has(key)) byKey.set(key, entry)
  }
  const present = new Set(reading.present.map(objectKey))
  const find = <K extends ConfigKind>(kind: K, name: string, vo?: string): Entry<K> | undefined => {
    const found = byKey.get(objectKey(vo === undefined ? { kind, name } : { kind, vo, name }))
    return found !== undefined && isEntry(found, kind) ? found : undefined
  }
  return {
    all: reading.documents,
    surroundings,
    of: (kind) => {
      const entries = byKind.get(kind) ?? []
      return areEntries(entries, kind) ? entries : []
    },
    find,
    isWhole: reading.unreadable.length === 0,
    has: (name) => byKey.has(objectKey(name)) || present.has(objectKey(name)),
    names: (kind, vo) =>
      [...reading.documents.map((entry) => nameOf(entry.document)), ...reading.present]
        .filter((name) => name.kind === kind && name.vo === vo)
        .map((name) => name.name),
  }
}

/** The entries were gathered by kind, so that the first one stands for all. */
function areEntries<K extends ConfigKind>(
  entries: readonly ReadDocument[],
  kind: K,
): entries is readonly (ReadDocument & Entry<K>)[] {
  return entries[0]?.document.kind === kind
}

function isEntry<K extends ConfigKind>(entry: ReadDocument, kind: K): entry is ReadDocument & Entry<K> {
  return entry.document.kind === kind
}

/** What a rule says of a place in a document. */
export interface Complaint {
  readonly code: Finding['code']
  readonly message: string
  readonly path: Path
  readonly on?: 'key' | 'value'
}

/** An error in a document: its scope stays at its last good content. */
export function errorAt(entry: ReadDocument, complaint: Complaint): Finding {
  const at = entry.locate(complaint.path, complaint.on)
  const scope = scopeOf(nameOf(entry.document))
  return {
    severity: 'error',
    code: complaint.code,
    message: complaint.message,
    at,
    path: showPath(complaint.path),
    scope,
  }
}

/** Something about a document that people should look at. */
export function warningAt(entry: ReadDocument, complaint: Complaint): Finding {
  const at = entry.locate(complaint.path, complaint.on)
  return { severity: 'warning', code: complaint.code, message: complaint.message, at, path: showPath(complaint.path) }
}

/** An error: the document refers to something that is nowhere. */
export function unknownAt(
  entry: ReadDocument,
  unknown: {
    readonly path: Path
    readonly what: string
    readonly name: string
    readonly known: readonly string[]
    readonly within?: string
    readonly on?: 'key' | 'value'
  },
): Finding {
  const within = unknown.within === undefined ? '' : ` in ${unknown.within}`
  const message = `there is no ${unknown.what} "${unknown.name}"${within}${didYouMean(unknown.name, unknown.known)}`
  return errorAt(entry, {
    code: 'reference-unknown',
    message,
    path: unknown.path,
    ...(unknown.on && { on: unknown.on }),
  })
}
