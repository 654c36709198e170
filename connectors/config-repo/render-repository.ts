import { posix } from 'node:path'
import { stringify } from 'yaml'
import type { ConfigDocument } from '../../core/config/document.ts'
import { groupBy } from '../../core/model/group-by.ts'
import type { ImportedFile } from '../../core/import/imported.ts'
import type { Member } from '../../schemas/generated/config.ts'

/** A file whose text is read again may hold 1 MB; much less is easier to look at. */
const mostBytes = 262_144
const mostDocuments = 1_000
/** A longer list stands in a file of its own. */
const mostInline = 2_000

/** Writes documents as the text of files, by path: long lists of members as CSV beside them, and no file longer than it may be. */
export function renderRepository(files: readonly ImportedFile[]): ReadonlyMap<string, string> {
  const rendered = new Map(files.flatMap(textsBeside))
  for (const same of groupBy(files, ({ path }) => path.toLowerCase()).values()) {
    const path = same[0]?.path ?? ''
    const texts = same.flatMap(({ documents }) => documents).map((document) => renderDocument(document, path, rendered))
    for (const [index, part] of partsOf(texts).entries()) rendered.set(numbered(path, index + 1), part.join('---\n'))
  }
  return rendered
}

function textsBeside({ path, beside = new Map<string, string>() }: ImportedFile): [string, string][] {
  return [...beside].map(([name, text]) => [posix.join(posix.dirname(path), name), text])
}

/** The path of a part of a file: the first has its own. */
export function numbered(path: string, number: number): string {
  return number === 1 ? path : path.replace(/(?:\.[a-z]+)?$/, (ending) => `-${number}${ending}`)
}

function partsOf(texts: readonly string[]): string[][] {
  const parts: string[][] = []
  let bytes = Infinity
  for (const text of texts) {
    const own = Buffer.byteLength(text)
    const last = parts.at(-1)
    if (last === undefined || bytes + own > mostBytes || last.length >= mostDocuments) {
      parts.push([text])
      bytes = own
      continue
    }
    last.push(text)
    bytes += own
  }
  return parts
}

function renderDocument(document: ConfigDocument, path: string, rendered: Map<string, string>): string {
  return stringify(withList(document, path, rendered), { aliasDuplicateObjects: false, lineWidth: 0 })
}

function withList(document: ConfigDocument, path: string, rendered: Map<string, string>): object {
  if (document.kind !== 'VO' && document.kind !== 'Group') return document
  const { members, ...spec } = document.spec
  if (members === undefined || members.length <= mostInline || members.some(hasValues)) return document
  const free = (number = 1): string => {
    const name = numbered(`${posix.basename(path, '.yaml')}-members.csv`, number)
    return rendered.has(posix.join(posix.dirname(path), name)) ? free(number + 1) : name
  }
  const membersFrom = free()
  rendered.set(posix.join(posix.dirname(path), membersFrom), csvOf(members))
  return { ...document, spec: { ...spec, membersFrom } }
}

function hasValues(member: Member): boolean {
  return typeof member === 'object' && Object.keys(member.attributes ?? {}).length > 0
}

function csvOf(members: readonly Member[]): string {
  const rows = members.map((member) =>
    typeof member === 'string' ? [member, ''] : [member.user, member.expires ?? ''],
  )
  return [['identity', 'expires'], ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('')
}

function cell(text: string): string {
  return /["\n\r,]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
