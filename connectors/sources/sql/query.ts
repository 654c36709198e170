import { GuildhallError } from '../../../core/errors.ts'
import type { DialectName } from './options.ts'

/** A query that can be bound: what stood as `:select` stands as the dialect writes parameters. */
export interface Query {
  readonly text: string
  /** How often it names `:select`. */
  readonly selects: number
}

const word = String.raw`[A-Za-z_\u0080-\u{10ffff}][\w$\u0080-\u{10ffff}]*`
const doubled = { single: String.raw`'(?:[^']|'')*'`, double: String.raw`"(?:[^"]|"")*"`, back: '`(?:[^`]|``)*`' }
const escaped = { single: String.raw`'(?:[^'\\]|\\.|'')*'`, double: String.raw`"(?:[^"\\]|\\.|"")*"` }
const lineComment = String.raw`--[^\n]*`

/** What is one piece to each database, whatever stands in it; longer pieces first. */
const pieces: Readonly<Record<DialectName, readonly string[]>> = {
  postgresql: [
    lineComment,
    String.raw`\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$`,
    `[eE]${escaped.single}`,
    doubled.single,
    doubled.double,
    '::|:=',
  ],
  mysql: [String.raw`--(?=\s|$)[^\n]*`, '#[^\\n]*', escaped.single, escaped.double, doubled.back, ':='],
  sqlite: [lineComment, doubled.single, doubled.double, doubled.back, String.raw`\[[^\]]*\]`],
  oracle: [lineComment, `[nN]?[qQ]'(?:${quotes()})'`, doubled.single, doubled.double, ':='],
}

/** What would be a second parameter, which nothing is bound to. */
const foreign: Readonly<Record<DialectName, RegExp>> = {
  postgresql: /^\$\d/,
  mysql: /^\?/,
  sqlite: /^(\?|[@$:]\w)/,
  oracle: /^:\w/,
}

const parameter: Readonly<Record<DialectName, string>> = {
  postgresql: '$1',
  mysql: '?',
  sqlite: ':guildhall_select',
  oracle: ':guildhall_select',
}

/** Reads a query far enough to bind its parameter; refuses more than one statement, and what is no select. */
export function readQuery(dialect: DialectName, source: string): Query {
  const seen = { text: '', selects: 0, depth: 0, first: '', isOver: false }
  for (const piece of split(dialect, source)) {
    if (isSpace(dialect, piece)) seen.text += ' '
    else if (seen.isOver) throw refused('it has more than one statement; give one select statement')
    else if (piece === ';') seen.isOver = true
    else take(seen, piece, dialect)
  }
  if (!/^(select|with|values|table|\()$/i.test(seen.first)) throw refused('give one select statement')
  if (seen.depth !== 0) throw refused('a parenthesis is not closed')
  return { text: seen.text.trim(), selects: seen.selects }
}

/** Fails unless there is something to bind exactly where the query has a place for it. */
export function requireSelect({ selects }: Query, select: string | undefined): void {
  if (selects > 0 && select === undefined) {
    throw refused('it names :select, and nothing is selected; add "select" to the sync, or drop the condition')
  }
  if (selects > 0 || select === undefined) return
  throw refused(`nothing in it names :select, and ${JSON.stringify(select)} is selected; add a condition on :select`)
}

interface Seen {
  text: string
  selects: number
  depth: number
  first: string
}

function take(seen: Seen, piece: string, dialect: DialectName): void {
  if (seen.first === '') seen.first = piece
  if (piece === '(') seen.depth += 1
  if (piece === ')') seen.depth -= 1
  if (seen.depth < 0) throw refused('a parenthesis is closed that was not opened')
  const isSelect = /^:select$/i.test(piece)
  if (isSelect) seen.selects += 1
  else if (foreign[dialect].test(piece))
    throw refused(`it names ${JSON.stringify(piece)}; the only parameter is :select`)
  seen.text += isSelect ? parameter[dialect] : piece
}

function* split(dialect: DialectName, source: string): Generator<string> {
  const pattern = new RegExp([String.raw`\s+`, ...pieces[dialect], String.raw`[:@$?]\w+`, word].join('|'), 'suy')
  for (let at = 0; at < source.length;) {
    pattern.lastIndex = at
    const piece = blockComment(source, at, dialect) ?? pattern.exec(source)?.[0] ?? character(source, at)
    const whole = dialect === 'postgresql' && piece.startsWith('$') ? dollarQuoted(source, at, piece) : piece
    yield whole
    at += whole.length
  }
}

/** Comments lie within one another in PostgreSQL alone. */
function blockComment(source: string, at: number, dialect: DialectName): string | undefined {
  if (!source.startsWith('/*', at)) return undefined
  let depth = 1
  let end = at + 2
  while (depth > 0) {
    const next = /\/\*|\*\//g
    next.lastIndex = end
    const found = next.exec(source)
    if (found === null) throw refused('a comment is not closed')
    if (found[0] === '*/') depth -= 1
    else if (dialect === 'postgresql') depth += 1
    end = next.lastIndex
  }
  return source.slice(at, end)
}

function dollarQuoted(source: string, at: number, tag: string): string {
  if (!tag.endsWith('$')) return tag
  const end = source.indexOf(tag, at + tag.length)
  if (end < 0) throw refused(`what ${JSON.stringify(tag)} begins does not end`)
  return source.slice(at, end + tag.length)
}

/** A quote that begins a text and does not end it would hide all that follows. */
function character(source: string, at: number): string {
  const one = String.fromCodePoint(source.codePointAt(at) ?? 0)
  if (one === "'" || one === '"') throw refused(`what ${one} begins does not end`)
  return one
}

/** Tells whether a piece says nothing; a comment that MySQL would run is refused. */
function isSpace(dialect: DialectName, piece: string): boolean {
  if (/^\/\*(!|M!)/.test(piece)) throw refused('a comment that is run, "/*!", may not stand in it')
  return /^(\s|--|\/\*)/.test(piece) || (dialect === 'mysql' && piece.startsWith('#'))
}

/** Oracle's texts with a quote of one's own choice. */
function quotes(): string {
  const pairs = [String.raw`\[.*?\]`, String.raw`\{.*?\}`, String.raw`\(.*?\)`, '<.*?>']
  return [...pairs, String.raw`([^\s\[{(<])[^]*?\1`].join('|')
}

function refused(reason: string): GuildhallError {
  return new GuildhallError('SOURCE_OPTIONS_INVALID', `Cannot use the query of an sql source: ${reason}`)
}
