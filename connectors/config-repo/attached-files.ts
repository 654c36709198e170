import { posix } from 'node:path'
import { nameOf } from '../../core/config/catalog.ts'
import type { PeopleFile, ReadDocument } from '../../core/config/document.ts'
import type { Finding } from '../../core/model/finding.ts'
import { didYouMean } from '../../core/model/nearest.ts'
import { showPath } from '../../core/model/path.ts'
import { scopeOf } from '../../core/model/scope.ts'
import { isIdentity } from '../../schemas/validate.ts'
import { decodeFile } from './decode-file.ts'
import { lineStarts, positionAt } from './lines.ts'
import { parseCsv } from './parse-csv.ts'
import type { Gathering } from './read-tree.ts'
import type { Tree, TreeEntry } from './tree.ts'

interface Files {
  readonly tree: Tree
  readonly files: ReadonlyMap<string, TreeEntry>
}

const largestListBytes = 16_777_216
const largestTemplateBytes = 1_048_576

type Attached =
  | { readonly kind: 'text'; readonly file: string; readonly text: string }
  | { readonly kind: 'fault'; readonly finding: Finding }

/** Adds to the documents what stands in files beside them: members, and the text of templates. */
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
  return membersFrom === undefined ? { attached: entry, faults: [] } : attachPeople(entry, membersFrom, files)
}

async function attachPeople(entry: ReadDocument, membersFrom: string, files: Files): Promise<Outcome> {
  const read = await readBeside(
    entry,
    { path: ['spec', 'membersFrom'], name: membersFrom, limit: largestListBytes },
    files,
  )
  if (read.kind === 'fault') return { attached: entry, faults: [read.finding] }
  const { identities, lines, faults } = parseCsv(read.text, isIdentity)
  const people: PeopleFile = { file: read.file, identities, lines }
  const scope = scopeOf(nameOf(entry.document))
  return {
    attached: { ...entry, people },
    faults: faults.map(({ code, line, column, message }) => ({
      severity: 'error',
      code,
      message,
      at: { file: read.file, line, column },
      path: 'identity',
      scope,
    })),
  }
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
    if (read.kind === 'fault') faults.push(read.finding)
    else templates[output] = read.text
  }
  return { attached: named.length === 0 ? entry : { ...entry, templates }, faults }
}

interface Wanted {
  readonly path: readonly (string | number)[]
  readonly name: string
  readonly limit: number
}

async function readBeside(entry: ReadDocument, wanted: Wanted, { tree, files }: Files): Promise<Attached> {
  const folder = posix.dirname(entry.at.file)
  const file = posix.join(folder, wanted.name)
  const scope = scopeOf(nameOf(entry.document))
  const fault = (code: Finding['code'], message: string): Attached => {
    const at = entry.locate(wanted.path)
    return { kind: 'fault', finding: { severity: 'error', code, message, at, path: showPath(wanted.path), scope } }
  }
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
  const decoded = decodeFile(await tree.read(found), wanted.limit)
  if (decoded.kind === 'text') return { kind: 'text', file, text: decoded.text }
  const at = positionAt(file, lineStarts(decoded.text), decoded.offset)
  return { kind: 'fault', finding: { severity: 'error', code: decoded.code, message: decoded.message, at, scope } }
}
