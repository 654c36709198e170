import { Composer, CST, Lexer, Parser, type Document, type ParsedNode } from 'yaml'
import type { JsonValue } from '../../core/model/json.ts'
import type { Refusal } from './decode-file.ts'
import { toPlain, type Offsets, type PlainFault } from './plain.ts'

/** One document of a file as plain data. */
export interface PlainDocument {
  readonly value: JsonValue
  readonly offset: number
  readonly faults: readonly PlainFault[]
}

/** A file's documents with the offsets of all their parts, or why the file is not taken. */
export type ParsedYaml =
  | { readonly kind: 'documents'; readonly documents: readonly PlainDocument[]; readonly offsets: Offsets }
  | ({ readonly kind: 'refused' } & Refusal)

const deepestStack = 64
/** More than a list of 100,000 entries needs; what is beyond would take seconds. */
const most = { lexemes: 650_000, values: 110_000, documents: 12_000, lines: 130_000 }
/** What is counted, in words of whoever writes the file. */
const words: Readonly<Record<keyof typeof most, string>> = {
  lexemes: 'words, marks and spaces',
  values: 'keys, values, colons and commas',
  documents: 'documents',
  lines: 'lines',
}

const refusedTokens = new Map<string, string>(
  Object.entries({
    anchor: 'anchors (&) are not allowed; write the value where it is needed',
    alias: 'aliases (*) are not allowed; write the value where it is needed, or put text that begins with * in quotes',
    tag: 'tags (!) are not allowed; put text that begins with ! in quotes',
    'directive-line': 'directives (%) are not allowed; leave the line out',
    'flow-error-end': 'this is not YAML: a list or mapping in brackets is not closed before this line',
  }),
)
const valueTokens = new Set<string>([
  'scalar',
  'single-quoted-scalar',
  'double-quoted-scalar',
  'block-scalar-header',
  'comma',
  'map-value-ind',
  'flow-map-start',
  'flow-seq-start',
])

class FirstError extends Error {
  readonly offset: number

  constructor(offset: number, message: string) {
    super(message)
    this.offset = offset
  }
}

function tooMany(what: keyof typeof most, offset: number): FirstError {
  const instead = what === 'documents' ? 'split it' : 'split it, or name long member lists with membersFrom'
  return new FirstError(offset, `too many ${words[what]} in one file: expected at most ${most[what]}; ${instead}`)
}

/** Parses YAML text; anchors, aliases, tags and deep nesting are refused before anything is composed. */
export function parseYaml(text: string): ParsedYaml {
  try {
    refuseFloods(text)
    return compose(tokensOf(text), text.length)
  } catch (error) {
    if (!(error instanceof FirstError)) throw error
    return { kind: 'refused', code: 'yaml-invalid', message: error.message, offset: error.offset }
  }
}

/** Counts what can be counted without reading: lines, and lines that begin a document. */
function refuseFloods(text: string): void {
  const seen = { lines: 0, documents: 0 }
  for (let at = 0; at !== -1; at = nextLine(text, at)) {
    seen.lines += 1
    if (text.startsWith('---', at)) seen.documents += 1
    if (seen.lines > most.lines) throw tooMany('lines', at)
    if (seen.documents > most.documents) throw tooMany('documents', at)
  }
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end === -1 ? -1 : end + 1
}

/** Yields document by document, so that no more than one is held as tokens. */
function* tokensOf(text: string): Generator<CST.Token> {
  const parser = new Parser()
  const seen = { lexemes: 0, values: 0 }
  let atScalar = false
  for (const lexeme of new Lexer().lex(text)) {
    const type: CST.TokenType | null = atScalar ? null : CST.tokenType(lexeme)
    atScalar = type === 'scalar'
    countLexeme(type, seen, parser.offset)
    if (parser.stack.length > deepestStack)
      throw new FirstError(parser.offset, 'nested too deeply; no document needs that')
    for (const token of parser.next(lexeme)) yield sound(token)
  }
  for (const token of parser.end()) yield sound(token)
}

function countLexeme(type: CST.TokenType | null, seen: { lexemes: number; values: number }, offset: number): void {
  seen.lexemes += 1
  if (type === null || type === 'space') return
  const refused = refusedTokens.get(type)
  if (refused !== undefined) throw new FirstError(offset, refused)
  if (valueTokens.has(type)) seen.values += 1
  if (seen.values > most.values) throw tooMany('values', offset)
  if (seen.lexemes > most.lexemes) throw tooMany('lexemes', offset)
}

function sound(token: CST.Token): CST.Token {
  if (token.type !== 'error') return token
  throw new FirstError(token.offset, notYaml(token.message))
}

function compose(tokens: Iterable<CST.Token>, end: number): ParsedYaml {
  const composer = new Composer({ uniqueKeys: false, prettyErrors: false, merge: false, version: '1.2' })
  // The first error ends it: one mistake would else be followed by thousands.
  Object.assign(composer, { onError: stopAtFirst() })
  const offsets: Offsets = new Map()
  const documents: PlainDocument[] = []
  for (const token of tokens) {
    for (const document of composer.next(token)) {
      const refused = addDocument(document, documents, offsets)
      if (refused !== undefined) return refused
    }
  }
  for (const document of composer.end(false, end)) {
    const refused = addDocument(document, documents, offsets)
    if (refused !== undefined) return refused
  }
  return { kind: 'documents', documents, offsets }
}

function addDocument(document: Document.Parsed, documents: PlainDocument[], offsets: Offsets): ParsedYaml | undefined {
  const [error] = document.errors
  if (error !== undefined)
    return { kind: 'refused', code: 'yaml-invalid', message: notYaml(error.message), offset: error.pos[0] }
  const contents: ParsedNode | null = document.contents
  if (contents === null) return undefined
  const { value, faults } = toPlain(contents, offsets)
  if (value === null) return undefined
  const fatal = faults.find((fault) => fault.fatal)
  if (fatal !== undefined)
    return { kind: 'refused', code: 'yaml-invalid', message: fatal.message, offset: fatal.offset }
  documents.push({ value, offset: contents.range[0], faults })
  return undefined
}

/** What is thrown comes back as an error of the collection around it, so the first one is kept. */
function stopAtFirst(): (...error: [place: unknown, code: string, message: string, isWarning?: boolean]) => void {
  let first: FirstError | undefined
  return (...[place, , message, isWarning]) => {
    if (isWarning === true) return
    first ??= new FirstError(offsetIn(place), notYaml(message))
    throw first
  }
}

function offsetIn(place: unknown): number {
  if (typeof place === 'number') return place
  if (Array.isArray(place)) return offsetIn(place[0])
  if (typeof place !== 'object' || place === null) return 0
  return offsetIn(Reflect.get(place, 'offset'))
}

function notYaml(message: string): string {
  return `this is not YAML: ${message.replaceAll(/\s+/g, ' ')}`
}
