import type { ObjectName, ReadDocument, Reading } from '../../core/config/document.ts'
import { compareText } from '../../core/model/compare.ts'
import type { Finding } from '../../core/model/finding.ts'
import { showPath } from '../../core/model/path.ts'
import { scopeOf, type Scope } from '../../core/model/scope.ts'
import { positionAt } from './lines.ts'
import { attachFiles, type Attachment } from './attached-files.ts'
import {
  largestFileBytes,
  parseFile,
  tooLargeFile,
  type Header,
  type ParsedDocument,
  type ParsedFile,
} from './parse-file.ts'
import type { ParsedCache } from './parsed-cache.ts'
import { entryOffsets, offsetOf } from './plain.ts'
import { isHidden, pathFault, showFile, type Tree, type TreeEntry } from './tree.ts'

/** What is gathered while a tree is read. */
export interface Gathering {
  readonly documents: ReadDocument[]
  readonly findings: Finding[]
  readonly unreadable: Set<string>
  readonly present: ObjectName[]
}

/** What the cache keeps of a blob: as a file with documents, or as one that a document names. */
export type Parsed = { readonly kind: 'documents'; readonly file: ParsedFile } | Attachment

/** Reads every document of a tree; whatever cannot be read becomes a finding. */
export async function readTree(tree: Tree, cache?: ParsedCache<Parsed>): Promise<Reading> {
  const gathering: Gathering = { documents: [], findings: [], unreadable: new Set(), present: [] }
  const entries = [...tree.entries].sort((a, b) => compareText(a.path, b.path))
  const seen = new Map<string, string>()
  for (const entry of entries) {
    if (isHidden(entry.path)) continue
    const fault = entryFault(entry, seen)
    if (fault !== undefined) refuse(gathering, entry, fault)
    else if (entry.path.endsWith('.yaml')) addFile(gathering, entry.path, await parsedOf(tree, entry, cache))
    else if (entry.path.endsWith('.yml')) gathering.findings.push(otherEnding(entry.path))
  }
  const files = new Map(entries.map((entry) => [entry.path, entry]))
  const { documents, findings, unreadable, present } = await attachFiles(gathering, { tree, files, cache })
  return { documents, findings, unreadable: [...unreadable], present }
}

function entryFault({ path, kind }: TreeEntry, seen: Map<string, string>): string | undefined {
  const fault = pathFault(path)
  if (fault !== undefined) return `${fault}; rename it`
  if (kind === 'symlink') return 'symbolic links are not followed; put the file itself here'
  if (kind === 'submodule') return 'submodules are not read; put the files themselves here'
  if (kind === 'other') return 'expected a regular file'
  const folded = path.toLowerCase()
  const twin = seen.get(folded)
  seen.set(folded, path)
  return twin === undefined ? undefined : `the path differs from "${showFile(twin)}" only in case; rename it`
}

function refuse(gathering: Gathering, { path }: TreeEntry, message: string): void {
  const file = showFile(path)
  gathering.unreadable.add(path)
  gathering.findings.push({ severity: 'error', code: 'file-refused', message, at: { file, line: 1, column: 1 } })
}

function otherEnding(path: string): Finding {
  const message = 'only files that end in .yaml are read; rename it if it holds documents'
  return { severity: 'warning', code: 'file-refused', message, at: { file: showFile(path), line: 1, column: 1 } }
}

async function parsedOf(tree: Tree, entry: TreeEntry, cache: ParsedCache<Parsed> | undefined): Promise<ParsedFile> {
  const known = entry.blob === undefined ? undefined : cache?.get(entry.blob)
  if (known?.kind === 'documents') return known.file
  // A larger file is not even read: its size alone is the reason.
  const parsed = entry.bytes > largestFileBytes ? tooLargeFile(entry.bytes) : parseFile(await tree.read(entry))
  if (entry.blob !== undefined) cache?.set(entry.blob, { kind: 'documents', file: parsed }, entry.bytes)
  return parsed
}

function addFile(gathering: Gathering, file: string, parsed: ParsedFile): void {
  const { refusal, salvaged, starts } = parsed
  if (refusal !== undefined) {
    const { code, message, offset } = refusal
    gathering.unreadable.add(file)
    gathering.present.push(...salvaged)
    gathering.findings.push({ severity: 'error', code, message, at: positionAt(file, starts, offset) })
    return
  }
  for (const document of parsed.documents) {
    if (document.kind === 'bad') addBad(gathering, document, { file, parsed })
  }
  const entries = entriesOf({ file, parsed })
  // Nobody knows whose document it is that has no readable header: it may be any of those in force from this file.
  const isLost = parsed.documents.some((document) => document.kind === 'bad' && document.header.kind === 'unknown')
  if (isLost) gathering.unreadable.add(file)
  for (const entry of entries) {
    if (isLost) gathering.present.push(nameIn(entry))
    else gathering.documents.push(entry)
  }
}

interface Place {
  readonly file: string
  readonly parsed: ParsedFile
}

function addBad(
  gathering: Gathering,
  { header, faults }: Extract<ParsedDocument, { kind: 'bad' }>,
  { file, parsed }: Place,
): void {
  const scope = scopeIn(header)
  if (header.kind === 'named') gathering.present.push(header.name)
  for (const { code, message, path, offset } of faults) {
    const at = positionAt(file, parsed.starts, offset)
    const where = path.length === 0 ? {} : { path: showPath(path) }
    gathering.findings.push({ severity: 'error', code, message, at, ...where, ...(scope !== undefined && { scope }) })
  }
}

/** The same objects for the same file as long as the cache keeps it, so that what is made of them can be kept too. */
const known = new WeakMap<ParsedFile, Map<string, readonly ReadDocument[]>>()

function entriesOf({ file, parsed }: Place): readonly ReadDocument[] {
  const byFile = known.get(parsed) ?? new Map<string, readonly ReadDocument[]>()
  known.set(parsed, byFile)
  const entries =
    byFile.get(file) ??
    parsed.documents.flatMap((document) => (document.kind === 'good' ? [readDocument(document, { file, parsed })] : []))
  byFile.set(file, entries)
  return entries
}

function readDocument(parsed: Extract<ParsedDocument, { kind: 'good' }>, { file, parsed: whole }: Place): ReadDocument {
  const { document, offset } = parsed
  return {
    document,
    at: positionAt(file, whole.starts, offset),
    locate: (path, on = 'value') =>
      positionAt(file, whole.starts, offsetOf(whole.offsets, document, { path, on }) ?? offset),
    locateEntries: (path) => {
      const entries = entryOffsets(whole.offsets, document, path)
      return (index) => positionAt(file, whole.starts, entries?.[index] ?? offset)
    },
  }
}

function nameIn({ document }: ReadDocument): ObjectName {
  const { vo, name } = document.metadata
  return vo === undefined ? { kind: document.kind, name } : { kind: document.kind, vo, name }
}

function scopeIn(header: Header): Scope | undefined {
  if (header.kind === 'unknown') return undefined
  if (header.kind === 'named') return scopeOf(header.name)
  return header.vo === undefined ? 'instance' : `vo:${header.vo}`
}
