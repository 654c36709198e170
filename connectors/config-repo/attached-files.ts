import { createHash } from 'node:crypto'
import { posix } from 'node:path'
import { nameOf } from '../../core/config/catalog.ts'
import type { PeopleFile, ReadDocument } from '../../core/config/document.ts'
import type { Finding } from '../../core/model/finding.ts'
import { didYouMean } from '../../core/model/nearest.ts'
import { showPath } from '../../core/model/path.ts'
import { scopeOf } from '../../core/model/scope.ts'
import { isIdentity } from '../../schemas/validate.ts'
import { templateFault, type TemplateFault } from '../templates.ts'
import { decodeFile, type Decoded } from './decode-file.ts'
import { lineStarts, positionAt } from './lines.ts'
import { parseCsv, type ParsedCsv } from './parse-csv.ts'
import type { ParsedCache } from './parsed-cache.ts'
import type { Gathering, Parsed } from './read-tree.ts'
import type { Tree, TreeEntry } from './tree.ts'

interface Files {
  readonly tree: Tree
  readonly files: ReadonlyMap<string, TreeEntry>
  readonly cache: ParsedCache<Parsed> | undefined
}

/** A file that a document names, as it is kept in memory. */
export interface Attachment {
  readonly kind: 'attachment'
  readonly decoded: Decoded
  /** Its text as a list of people. */
  readonly people: () => ParsedCsv
  /** What is wrong with its text as a template, if anything is. */
  readonly fault: () => TemplateFault | undefined
}

const largestListBytes = 16_777_216
const largestTemplateBytes = 1_048_576
const largestTermsBytes = 262_144

type Attached =
  | ({ readonly kind: 'text'; readonly file: string; readonly text: string } & Pick<Attachment, 'people' | 'fault'>)
  | { readonly kind: 'fault'; readonly finding: Finding }

/** Adds to the documents what stands in files beside them: members, and the text of templates and terms. */
export async function attachFiles(gathering: Gathering, files: Files): Promise<Gathering> {
  const documents: ReadDocument[] = []
  const findings = [...gathering.findings]
  const present = [...gathering.present]
  for (const entry of gathering.documents) {
    const { attached, faults } = await attach(entry, files)
    findings.push(...faults)
    if (faults.length === 0) documents.push(attached)
    else present.push(nameOf(entry.document))
  }
  return { documents, findings, unreadable: gathering.unreadable, present }
}

interface Outcome {
  readonly attached: ReadDocument
  readonly faults: readonly Finding[]
}

async function attach(entry: ReadDocument, files: Files): Promise<Outcome> {
  const { document } = entry
  if (document.kind === 'Service')
    return attachTemplates(entry, Object.entries(document.spec.template?.files ?? {}), files)
  if (document.kind !== 'VO' && document.kind !== 'Group') return { attached: entry, faults: [] }
  const { membersFrom } = document.spec
  const people =
    membersFrom === undefined ? { attached: entry, faults: [] } : await attachPeople(entry, membersFrom, files)
  if (document.kind !== 'VO' || document.spec.terms === undefined) return people
  const { file, next } = document.spec.terms
  const terms = await attachTerms(people.attached, { file, path: ['spec', 'terms', 'file'], as: 'terms' }, files)
  const announced =
    next === undefined
      ? { attached: terms.attached, faults: [] }
      : await attachTerms(terms.attached, { ...nextText, file: next.file }, files)
  return { attached: announced.attached, faults: [...people.faults, ...terms.faults, ...announced.faults] }
}

const nextText = { path: ['spec', 'terms', 'next', 'file'], as: 'nextTerms' } as const

interface TermsFile {
  readonly file: string
  readonly path: readonly string[]
  readonly as: 'nextTerms' | 'terms'
}

async function attachTerms(entry: ReadDocument, { file: name, path, as }: TermsFile, files: Files): Promise<Outcome> {
  const wanted = { path, name, limit: largestTermsBytes }
  const read = await readBeside(entry, wanted, files)
  if (read.kind === 'fault') return { attached: entry, faults: [read.finding] }
  const { text } = read
  if (text.trim() !== '') return { attached: withTerms(entry, as, text), faults: [] }
  const message = `expected the text of the terms in "${name}", got an empty file`
  const at = { file: read.file, line: 1, column: 1 }
  const scope = scopeOf(nameOf(entry.document))
  return { attached: entry, faults: [{ severity: 'error', code: 'value-invalid', message, at, scope }] }
}

/** Documents with their terms, the same objects as long as the text is the same. */
const agreed = {
  terms: new WeakMap<ReadDocument, ReadDocument>(),
  nextTerms: new WeakMap<ReadDocument, ReadDocument>(),
}

function withTerms(entry: ReadDocument, as: TermsFile['as'], text: string): ReadDocument {
  const known = agreed[as].get(entry)
  if (known?.[as]?.text === text) return known
  const attached = { ...entry, [as]: { text, sha256: createHash('sha256').update(text).digest('hex') } }
  agreed[as].set(entry, attached)
  return attached
}

async function attachPeople(entry: ReadDocument, membersFrom: string, files: Files): Promise<Outcome> {
  const read = await readBeside(
    entry,
    { path: ['spec', 'membersFrom'], name: membersFrom, limit: largestListBytes },
    files,
  )
  if (read.kind === 'fault') return { attached: entry, faults: [read.finding] }
  const { identities, expires, lines, faults } = read.people()
  const scope = scopeOf(nameOf(entry.document))
  return {
    attached: withPeople(entry, { file: read.file, identities, expires, lines }),
    faults: faults.map(({ code, line, column, message, path }) => ({
      severity: 'error',
      code,
      message,
      at: { file: read.file, line, column },
      path,
      scope,
    })),
  }
}

/** Documents with their people, the same objects as long as the cache keeps both. */
const joined = new WeakMap<ReadDocument, ReadDocument>()

function withPeople(entry: ReadDocument, people: PeopleFile): ReadDocument {
  const known = joined.get(entry)
  if (known?.people?.identities === people.identities && known.people.file === people.file) return known
  const attached = { ...entry, people }
  joined.set(entry, attached)
  return attached
}

async function attachTemplates(
  entry: ReadDocument,
  named: readonly [string, string][],
  files: Files,
): Promise<Outcome> {
  const templates: Record<string, string> = {}
  const faults: Finding[] = []
  for (const [output, name] of named) {
    const path = ['spec', 'template', 'files', output]
    const read = await readBeside(entry, { path, name, limit: largestTemplateBytes }, files)
    if (read.kind === 'fault') {
      faults.push(read.finding)
      continue
    }
    const fault = read.fault()
    if (fault === undefined) templates[output] = read.text
    else faults.push(noTemplate(entry, read, fault))
  }
  return { attached: named.length === 0 ? entry : { ...entry, templates }, faults }
}

function noTemplate(
  entry: ReadDocument,
  { file, text }: { file: string; text: string },
  fault: TemplateFault,
): Finding {
  const message = `expected a Liquid template that can be rendered: ${fault.message}`
  const at = positionAt(file, lineStarts(text), fault.offset)
  return { severity: 'error', code: 'value-invalid', message, at, scope: scopeOf(nameOf(entry.document)) }
}

interface Wanted {
  readonly path: readonly (string | number)[]
  readonly name: string
  readonly limit: number
}

async function readBeside(entry: ReadDocument, wanted: Wanted, around: Files): Promise<Attached> {
  const folder = posix.dirname(entry.at.file)
  const file = posix.join(folder, wanted.name)
  const scope = scopeOf(nameOf(entry.document))
  const fault = (code: Finding['code'], message: string): Attached => {
    const at = entry.locate(wanted.path)
    return { kind: 'fault', finding: { severity: 'error', code, message, at, path: showPath(wanted.path), scope } }
  }
  const { files } = around
  const found = files.get(file)
  if (found === undefined) {
    const near = [...files.keys()].map((path) => posix.relative(folder, path)).filter((path) => !path.startsWith('..'))
    return fault(
      'reference-unknown',
      `there is no file "${wanted.name}" beside this one${didYouMean(wanted.name, near)}`,
    )
  }
  if (found.kind !== 'file')
    return fault('file-refused', `"${wanted.name}" is a symbolic link or no regular file; put the file itself there`)
  if (found.bytes > wanted.limit)
    return fault('file-refused', `"${wanted.name}" has ${found.bytes} bytes, the limit is ${wanted.limit}`)
  const { decoded, people, fault: templateFaultOf } = await attachmentIn(found, wanted.limit, around)
  if (decoded.kind === 'text') return { kind: 'text', file, text: decoded.text, people, fault: templateFaultOf }
  const at = positionAt(file, lineStarts(decoded.text), decoded.offset)
  return { kind: 'fault', finding: { severity: 'error', code: decoded.code, message: decoded.message, at, scope } }
}

async function attachmentIn(entry: TreeEntry, limit: number, { tree, cache }: Files): Promise<Attachment> {
  const key = entry.blob === undefined ? undefined : `attached ${entry.blob}`
  const known = key === undefined ? undefined : cache?.get(key)
  if (known?.kind === 'attachment') return known
  const decoded = decodeFile(await tree.read(entry), limit)
  let people: ParsedCsv | undefined
  let checked: { readonly fault: TemplateFault | undefined } | undefined
  const attachment: Attachment = {
    kind: 'attachment',
    decoded,
    people: () => (people ??= parseCsv(decoded.text, isIdentity)),
    fault: () => (checked ??= { fault: templateFault(decoded.text) }).fault,
  }
  if (key !== undefined) cache?.set(key, attachment, entry.bytes)
  return attachment
}
