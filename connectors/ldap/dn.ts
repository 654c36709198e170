import { Cursor } from './cursor.ts'
import type { Refuse } from './cursor.ts'
import { escapeDnValue } from './escape.ts'
import { foldValue } from './fold.ts'
import { textOf } from './utf8.ts'

/** An attribute and its value in a distinguished name; `encoded` where the value is given as `#` and hexadecimal digits. */
interface NamePart {
  readonly type: string
  readonly value: string
  readonly encoded?: true
}

/** Each relative name with its parts, of which it mostly has one; the nearest to the entry first. */
export type DistinguishedName = readonly (readonly NamePart[])[]

/** Reads a distinguished name (RFC 4514), with spaces around its parts as many write them; quotation marks are not understood. */
export function parseDn(text: string, refuse: Refuse): DistinguishedName {
  const cursor = new Cursor(text, refuse)
  const names: NamePart[][] = []
  do {
    names.push(relativeName(cursor))
  } while (cursor.take(/,/y) !== undefined)
  if (!cursor.isAtEnd) throw cursor.problem('expected "," or the end')
  return names
}

/** Writes a distinguished name so that it is read as the same one. */
export function formatDn(name: DistinguishedName): string {
  return name.map((parts) => parts.map(formatPart).join('+')).join(',')
}

/** A text that is the same for two ways to write one distinguished name, as far as case, spaces and escapes go. */
export function dnKey(text: string): string {
  if (plainDn.test(text)) return text.toLowerCase()
  try {
    return formatDn(parseDn(text, () => unlike).map((parts) => parts.map(foldPart).sort(byText)))
  } catch (error) {
    if (error !== unlike) throw error
    return text
  }
}

/** The key of the entry above one, as `dnKey` writes them; empty above the first. */
export function parentKey(key: string): string {
  const [name = ''] = relativeNames.exec(key) ?? []
  return key.slice(name.length + 1)
}

/** How many relative names a key is made of. */
export function depthOf(key: string): number {
  let depth = 0
  for (let rest = key; rest !== ''; rest = parentKey(rest)) depth += 1
  return depth
}

const relativeNames = /^(?:[^\\,]|\\.)+/

const unlike = new Error('not a distinguished name')

/** Without anything that could be written in another way, but for case. */
const plainDn =
  /^(?:(?:^|,)[A-Za-z][A-Za-z0-9-]*=[!$%&'()*./0-9:?@A-Z[\]^_`a-z{|}~-]+(?: [!$%&'()*./0-9:?@A-Z[\]^_`a-z{|}~-]+)*)+$/

function relativeName(cursor: Cursor): NamePart[] {
  const parts: NamePart[] = []
  do {
    const type = cursor.expect(/ *(?:[A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*) */y, 'an attribute such as "ou"').trim()
    cursor.expect(/= */y, '"="')
    parts.push({ type, ...partValue(cursor) })
  } while (cursor.take(/\+/y) !== undefined)
  return parts
}

function partValue(cursor: Cursor): { readonly value: string; readonly encoded?: true } {
  const encoded = cursor.take(/#(?:[0-9A-Fa-f]{2})+ */y)
  if (encoded !== undefined) return { value: encoded.trim().toLowerCase(), encoded: true }
  const bytes: Buffer[] = []
  let spaces = ''
  while (!cursor.isAtEnd && !/[,+]/.test(cursor.next)) {
    const blank = cursor.take(/ +/y)
    if (blank === undefined) bytes.push(Buffer.from(spaces), valueBytes(cursor))
    spaces = blank ?? ''
  }
  const value = textOf(Buffer.concat(bytes))
  if (value === undefined) throw cursor.problem('expected a value in UTF-8')
  return { value }
}

function valueBytes(cursor: Cursor): Buffer {
  const plain = cursor.take(/[^\0 "+,;<>\\]+/y)
  if (plain !== undefined) return Buffer.from(plain)
  const hex = cursor.take(/\\[0-9A-Fa-f]{2}/y)
  if (hex !== undefined) return Buffer.from(hex.slice(1), 'hex')
  return Buffer.from(cursor.expect(/\\[ "#+,;<=>\\]/y, 'a character, or "\\" before a special one').slice(1))
}

function formatPart({ type, value, encoded }: NamePart): string {
  return `${type}=${encoded === true ? value : escapeDnValue(value)}`
}

function foldPart(part: NamePart): NamePart {
  return { ...part, type: part.type.toLowerCase(), value: foldValue(part.value) }
}

function byText(one: NamePart, other: NamePart): number {
  return formatPart(one) < formatPart(other) ? -1 : 1
}
