import type { Path } from '../config/document.ts'
import { longestText } from '../model/longest-text.ts'
import type { JsonValue } from '../model/json.ts'
import { showValue } from '../model/show-value.ts'
import type { Note, Notes } from './imported.ts'

/** A file with plain data. */
export interface InputFile {
  readonly file: string
  readonly value: JsonValue
  /** The line of the key at a path, or of the entry of a list. */
  lineOf(path: Path): number
}

/** A value of a file, and where it stands. */
export interface Input {
  readonly file: InputFile
  readonly path: Path
  readonly value: JsonValue
}

/** What is wrong with a value, for a note. */
export type Complain = (input: Input, why: string) => void

/** Notes something about a value. */
export function noteOf({ file, path }: Input, what: string, why: string): Note {
  return { file: file.file, line: file.lineOf(path), what, why }
}

/** Notes what of something is left out. */
export function leavingOut({ leftOut }: Notes, what: string): Complain {
  return (input, why) => void leftOut.push(noteOf(input, what, why))
}

/** Notes which key of something is left out. */
export function leavingKeysOut({ leftOut }: Notes, of: string): Complain {
  return (input, why) => void leftOut.push(noteOf(input, `${String(input.path.at(-1) ?? '')} of ${of}`, why))
}

/** Tells where a value stands: `org.yaml:12`. */
export function placeOf({ file, path }: Input): string {
  return `${file.file}:${file.lineOf(path)}`
}

/** The values of a mapping under their keys, in order; of anything else none, and that is told. */
export function entriesOf(input: Input | undefined, complain: Complain): ReadonlyMap<string, Input> {
  if (input === undefined || input.value === null) return new Map()
  const { file, path, value } = input
  if (!isMapping(value)) {
    complain(input, `expected a mapping, got ${showValue(value)}`)
    return new Map()
  }
  return new Map(Object.entries(value).map(([key, item]) => [key, { file, path: [...path, key], value: item }]))
}

/** The items of a list, in order; of anything else none, and that is told. */
export function itemsOf(input: Input | undefined, complain: Complain): readonly Input[] {
  if (input === undefined || input.value === null) return []
  const { file, path, value } = input
  if (Array.isArray(value))
    return value.map((item: JsonValue, index) => ({ file, path: [...path, index], value: item }))
  complain(input, `expected a list, got ${showValue(value)}`)
  return []
}

/** The text of a value on one line, a whole number too; of anything else none, and that is told. Empty text is none. */
export function textOf(input: Input | undefined, complain: Complain): string | undefined {
  return readText(input, complain, lineFault)
}

/** The same, where a text may have lines. */
export function paragraphsOf(input: Input | undefined, complain: Complain): string | undefined {
  return readText(input, complain, paragraphsFault)
}

/** Says why a text cannot stand on one line of a document; undefined where it can. */
export function lineFault(text: string): string | undefined {
  if (text.length > longestText) return tooLong(text, longestText)
  return unseen.test(text) ? 'it holds a line break or a character that is not seen' : undefined
}

/** Says why a text cannot stand in a document where it may have lines; undefined where it can. */
export function paragraphsFault(text: string): string | undefined {
  if (text.length > longestParagraphs) return tooLong(text, longestParagraphs)
  return unseen.test(text.replaceAll(/[\n\t]/g, '')) ? 'it holds a character that is not seen' : undefined
}

/** Says why a value cannot stand in a document, whatever its texts are; undefined where it can. */
export function unseenFault(value: JsonValue): string | undefined {
  if (typeof value === 'string') return unseen.test(value) ? 'it holds a character that is not seen' : undefined
  if (typeof value !== 'object' || value === null) return undefined
  for (const [key, inner] of Object.entries(value)) {
    const fault = unseenFault(key) ?? unseenFault(inner)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** What files of a configuration repository may not hold. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\ufff9-\uffff]/u
const longestParagraphs = 5000

function tooLong(text: string, limit: number): string {
  return `it has ${text.length} characters, the limit is ${limit}`
}

function readText(
  input: Input | undefined,
  complain: Complain,
  faultOf: (text: string) => string | undefined,
): string | undefined {
  if (input === undefined || input.value === null || input.value === '') return undefined
  const { value } = input
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  const fault = typeof text === 'string' ? faultOf(text) : `expected text, got ${showValue(value)}`
  if (fault !== undefined) complain(input, fault)
  return typeof text === 'string' && fault === undefined ? text : undefined
}

function isMapping(value: JsonValue): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
