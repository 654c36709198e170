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

/**
 * Writes documents as the text of files, by path: long lists of members as CSV beside them, and no file longer than it may be. Files
 * whose path is that of another, or of one that is there, get a number.
 */
export function renderRepository(
  files: readonly ImportedFile[],
  there: readonly string[] = [],
): ReadonlyMap<string, string> {
  const rendered = new Map(files.flatMap(textsBeside))
  const give = pathsBeside([...there, ...rendered.keys()])
  const named = [...groupBy(files, ({ path }) => path.toLowerCase()).values()].map((same) => {
    const path = same[0]?.path ?? ''
    return { path, first: give(path), documents: same.flatMap(({ documents }) => documents) }
  })
  // Further parts come after all of these have their names, which mostly are those of documents.
  for (const { path, first, documents } of named) {
    const lists: Lists = { path, give, rendered }
    const texts = documents.map((document) => renderDocument(document, lists))
    for (const [index, part] of partsOf(texts).entries())
      rendered.set(index === 0 ? first : give(path), part.join('---\n'))
  }
  return rendered
}

function textsBeside({ path, beside = new Map<string, string>() }: ImportedFile): [string, string][] {
  return [...beside].map(([name, text]) => [posix.join(posix.dirname(path), name), text])
}

/** Gives the path asked for, or that with the first number with which nothing has it, ignoring case. */
function pathsBeside(there: readonly string[]): (path: string) => string {
  const taken = new Set(there.map((path) => path.toLowerCase()))
  return (path) => {
    let number = 1
    while (taken.has(numbered(path, number).toLowerCase())) number += 1
    const free = numbered(path, number)
    taken.add(free.toLowerCase())
    return free
  }
}

function numbered(path: string, number: number): string {
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

interface Lists {
  /** Of the file that the lists stand beside. */
  readonly path: string
  readonly give: (path: string) => string
  readonly rendered: Map<string, string>
}

function renderDocument(document: ConfigDocument, lists: Lists): string {
  return stringify(withList(document, lists), { aliasDuplicateObjects: false, lineWidth: 0 })
}

function withList(document: ConfigDocument, { path, give, rendered }: Lists): object {
  if (document.kind !== 'VO' && document.kind !== 'Group') return document
  const { members, ...spec } = document.spec
  if (members === undefined || members.length <= mostInline || members.some(hasValues)) return document
  const list = give(`${path.replace(/\.yaml$/, '')}-members.csv`)
  rendered.set(list, csvOf(members))
  return { ...document, spec: { ...spec, membersFrom: posix.basename(list) } }
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
