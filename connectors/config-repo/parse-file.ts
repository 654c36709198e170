import { configKinds, liesInVo, mayLieInNone, type ConfigKind } from '../../core/model/config-object.ts'
import type { ConfigDocument, ObjectName } from '../../core/config/document.ts'
import type { JsonValue } from '../../core/model/json.ts'
import type { DocumentPath, Fault, WrittenAt } from '../../schemas/fault.ts'
import { laterKinds } from '../../schemas/later-keys.ts'
import { documentFaults } from '../../schemas/validate.ts'
import { decodeFile, tooLarge, type Refusal } from './decode-file.ts'
import { lineStarts, type LineStarts } from './lines.ts'
import { parseYaml, type PlainDocument } from './parse-yaml.ts'
import { offsetOf, type Offsets } from './plain.ts'

/** A fault of a document, where it stands in the file. */
interface PlacedFault extends Fault {
  readonly offset: number
}

/** A document of a parsed file: one that satisfies its schema, or what is wrong with it. */
export type ParsedDocument =
  | { readonly kind: 'good'; readonly document: ConfigDocument; readonly offset: number }
  | { readonly kind: 'bad'; readonly faults: readonly PlacedFault[]; readonly header: Header }

/** What names a document, as far as it can be read; without it nobody knows whose document it is. */
export type Header =
  | { readonly kind: 'named'; readonly name: ObjectName }
  | { readonly kind: 'scoped'; readonly vo: string | undefined }
  | { readonly kind: 'unknown' }

/** A file as it is kept in memory: positions without the file's name, as the same bytes may lie in two places. */
export interface ParsedFile {
  readonly documents: readonly ParsedDocument[]
  readonly offsets: Offsets
  readonly starts: LineStarts
  /** Why nothing of it is taken. */
  readonly refusal?: Refusal
  /** Documents that a refused file seems to hold. */
  readonly salvaged: readonly ObjectName[]
}

/** The largest file with documents. */
export const largestFileBytes = 1_048_576

const secretText =
  /-----BEGIN [A-Z ]*PRIVATE KEY-----|AGE-SECRET-KEY-1[A-Z0-9]+|\bgh[pousr]_[A-Za-z0-9]{20,}|\bAKIA[0-9A-Z]{16}\b|\bxox[abprs]-[A-Za-z0-9-]{10,}/

/** Parses and checks one file by itself. */
export function parseFile(bytes: Uint8Array): ParsedFile {
  const decoded = decodeFile(bytes, largestFileBytes)
  const starts = lineStarts(decoded.text)
  if (decoded.kind === 'refused') return refusedFile(decoded, decoded.text, starts)
  const { text } = decoded
  const parsed = parseYaml(text)
  if (parsed.kind === 'refused') return refusedFile(parsed, text, starts)
  const secretAt = secretText.exec(text)?.index
  const documents = parsed.documents.map((plain, index) => {
    const end = parsed.documents[index + 1]?.offset ?? text.length
    const secret = secretAt !== undefined && secretAt >= plain.offset && secretAt < end ? secretAt : undefined
    return checkDocument(plain, { text, offsets: parsed.offsets, secret })
  })
  return { documents, offsets: parsed.offsets, starts, salvaged: [] }
}

/** Stands for a file that is not read as it is too large. */
export function tooLargeFile(bytes: number): ParsedFile {
  return refusedFile(tooLarge(bytes, largestFileBytes), '', lineStarts(''))
}

interface Around {
  readonly text: string
  readonly offsets: Offsets
  readonly secret: number | undefined
}

function checkDocument(plain: PlainDocument, { text, offsets, secret }: Around): ParsedDocument {
  const { value } = plain
  const writtenAt: WrittenAt = (path) => writtenIn(text, offsetOf(offsets, value, { path, on: 'value' }))
  const placed = new Map<number, PlacedFault>(
    plain.faults.map(({ offset, message }) => [
      offset,
      { code: 'value-invalid', path: [], on: 'value', message, offset },
    ]),
  )
  if (secret !== undefined) {
    const message = 'a secret stands here in plain; name it, such as {secret: key}, take it out of git and change it'
    placed.set(secret, { code: 'secret-plain', path: [], on: 'value', message, offset: secret })
  }
  if (placed.size === 0 && isConfigDocument(value)) return { kind: 'good', document: value, offset: plain.offset }
  for (const fault of documentFaults(value, writtenAt)) {
    const offset = offsetOf(offsets, value, fault) ?? plain.offset
    placed.set(offset, { ...fault, offset })
  }
  return { kind: 'bad', faults: [...placed.values()], header: headerOf(value) }
}

function isConfigDocument(value: unknown): value is ConfigDocument {
  return documentFaults(value).length === 0
}

function writtenIn(text: string, offset: number | undefined): string | undefined {
  return offset === undefined ? undefined : /^[^\s,\]}#]{1,40}/.exec(text.slice(offset, offset + 40))?.[0]
}

function headerOf(value: JsonValue): Header {
  const kind = configKinds.find((known) => known === at(value, ['kind']))
  const vo = textAt(value, ['metadata', 'vo'])
  const name = textAt(value, ['metadata', 'name'])
  if (kind === undefined) return strangeHeader(textAt(value, ['kind']), vo)
  if (liesInVo(kind) && !(vo === undefined && mayLieInNone(kind))) {
    if (vo === undefined) return { kind: 'unknown' }
    return name === undefined ? { kind: 'scoped', vo } : { kind: 'named', name: { kind, vo, name } }
  }
  if (name !== undefined) return { kind: 'named', name: { kind, name } }
  return kind === 'VO' ? { kind: 'unknown' } : { kind: 'scoped', vo: undefined }
}

function strangeHeader(kind: string | undefined, vo: string | undefined): Header {
  if (vo !== undefined || laterKinds.includes(kind ?? '')) return { kind: 'scoped', vo }
  return { kind: 'unknown' }
}

function textAt(value: JsonValue, path: DocumentPath): string | undefined {
  const found = at(value, path)
  return typeof found === 'string' || typeof found === 'number' ? String(found) : undefined
}

function at(value: unknown, path: DocumentPath): unknown {
  return path.reduce<unknown>(
    (inner, key) =>
      typeof inner === 'object' && inner !== null && Object.hasOwn(inner, key) ? Reflect.get(inner, key) : undefined,
    value,
  )
}

function refusedFile(refusal: Refusal, text: string, starts: LineStarts): ParsedFile {
  const { code, message, offset } = refusal
  return { documents: [], offsets: new Map(), starts, refusal: { code, message, offset }, salvaged: salvage(text) }
}

/** Guesses which documents a refused file holds, so that references to them are not called mistakes too. */
function salvage(text: string): ObjectName[] {
  return text
    .slice(0, largestFileBytes)
    .split(/^---/m, 20_000)
    .flatMap((part): ObjectName[] => {
      const kind = configKinds.find((known) => known === valueOf(part, 'kind'))
      const name = valueOf(part, 'name')
      if (kind === undefined || name === undefined) return []
      return [nameFor(kind, name, valueOf(part, 'vo'))]
    })
}

function nameFor(kind: ConfigKind, name: string, vo: string | undefined): ObjectName {
  return liesInVo(kind) && vo !== undefined ? { kind, vo, name } : { kind, name }
}

function valueOf(text: string, key: string): string | undefined {
  const found = new RegExp(`(?:^|[{,\\s])${key}:[ \\t]+["']?([A-Za-z0-9._:-]{1,300})`, 'm').exec(text)
  return found?.[1]
}
