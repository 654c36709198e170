import { GuildhallError } from '../../core/errors.ts'
import type { JsonValue } from '../../core/model/json.ts'
import { parseJson } from '../../core/model/parse-json.ts'

/** An entry of a list and the line it begins on. */
interface JsonEntry {
  readonly line: number
  readonly value: JsonValue
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Reads a file that holds a list in JSON. IMPORT_REFUSED where it does not, with what an error of the server says that was kept in its place. */
export function readJsonInput(file: string, bytes: Uint8Array): JsonEntry[] {
  const refuse = (why: string): GuildhallError =>
    new GuildhallError('IMPORT_REFUSED', `Cannot read ${file}: ${why}`, { facts: { file } })
  const text = decoded(bytes)
  if (text === undefined) throw refuse('expected UTF-8 text')
  const value = parseJson(text)
  if (value === undefined) throw refuse('it is not JSON, or was cut off')
  if (!Array.isArray(value)) throw refuse(`expected a list${messageIn(value)}`)
  const lines = entryLines(text)
  return value.map((entry: JsonValue, index) => ({ line: lines[index] ?? 1, value: entry }))
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function messageIn(value: JsonValue): string {
  if (typeof value !== 'object' || value === null || !('message' in value)) return ''
  const { message } = value
  return typeof message === 'string' ? `, got the answer ${JSON.stringify(message.slice(0, 200))}` : ''
}

/** The lines on which the entries of the outermost list begin. */
function entryLines(text: string): number[] {
  const lines: number[] = []
  const seen = { line: 1, depth: 0, isNext: false }
  for (let at = 0; at < text.length; at += 1) {
    const mark = text.charAt(at)
    if (mark === '\n') seen.line += 1
    if (' \t\r\n'.includes(mark)) continue
    step(mark, seen, lines)
    if (mark === '"') at = stringEnd(text, at)
  }
  return lines
}

function step(mark: string, seen: { line: number; depth: number; isNext: boolean }, lines: number[]): void {
  if (seen.isNext && mark !== ']') lines.push(seen.line)
  seen.isNext = (seen.depth === 1 && mark === ',') || (seen.depth === 0 && mark === '[')
  if ('[{'.includes(mark)) seen.depth += 1
  if (']}'.includes(mark)) seen.depth -= 1
}

/** The place of the quote that ends a string; one behind an odd number of backslashes does not. */
function stringEnd(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let before = end - 1
    while (text[before] === '\\') before -= 1
    if ((end - before) % 2 === 1) return end
  }
  return text.length
}
