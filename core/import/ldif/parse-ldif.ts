import { GuildhallError } from '../../errors.ts'
import { groupBy } from '../../model/group-by.ts'
import type { Cell } from '../cell.ts'

/** A value of an entry and the line it begins on. */
export interface LdifValue {
  readonly value: Cell
  readonly line: number
}

/** An entry of a directory. */
export interface LdifEntry {
  readonly file: string
  readonly line: number
  readonly dn: Cell
  /** By the name of the attribute in small letters, without options; values of an attribute with options, such as a language, are not among them. */
  readonly values: ReadonlyMap<string, readonly LdifValue[]>
  /** Values that stand elsewhere or are not well-formed, and why. */
  readonly faults: readonly { readonly line: number; readonly name: string; readonly why: string }[]
}

interface LogicalLine {
  readonly text: string
  readonly line: number
}

/** A file and the way to read the bytes of a value. */
interface LdifText {
  readonly file: string
  /** The bytes as characters of Latin-1. */
  readonly latin1: string
  readonly decode: (bytes: Buffer) => Cell
}

/** Reads the entries of an LDIF file (RFC 2849): folded lines, comments and base64. IMPORT_REFUSED for records of changes and for what is no LDIF. */
export function parseLdif(input: LdifText): LdifEntry[] {
  return recordsOf(input.latin1).flatMap((lines) => {
    const [first, ...others] = lines
    return first === undefined ? [] : readEntry(first, others, input)
  })
}

/** Blank lines part records; comments go, and a line that begins with a space goes on with the one before. */
function recordsOf(latin1: string): LogicalLine[][] {
  const records: LogicalLine[][] = []
  let parts: string[] = []
  let [begun, record]: [number, LogicalLine[]] = [0, []]
  const endLine = (): void => {
    const text = parts.join('')
    if (parts.length > 0 && !text.startsWith('#')) record.push({ text, line: begun })
    parts = []
  }
  for (const [index, raw] of latin1.split('\n').entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (line.startsWith(' ') && parts.length > 0) {
      parts.push(line.slice(1))
      continue
    }
    endLine()
    if (line !== '') {
      begun = index + 1
      parts = [line]
      continue
    }
    if (record.length > 0) records.push(record)
    record = []
  }
  endLine()
  return record.length > 0 ? [...records, record] : records
}

function readEntry(first: LogicalLine, others: readonly LogicalLine[], input: LdifText): LdifEntry[] {
  if (/^version:\s*\d+\s*$/i.test(first.text)) {
    const [head, ...rest] = others
    return head === undefined ? [] : readEntry(head, rest, input)
  }
  const { name, value } = readLine(first, input)
  if (name !== 'dn' || value === undefined)
    throw refused(
      input,
      first.line,
      'expected an entry that begins with "dn:"; this is no LDIF, or not from its beginning',
    )
  const read = others.map((line) => ({ ...readLine(line, input), line: line.line }))
  const change = read.find((one) => ['changetype', 'control'].includes(one.name))
  if (change !== undefined)
    throw refused(input, change.line, 'it holds changes of a directory; export the entries themselves')
  const good = read.flatMap((one) => (one.value === undefined || one.hasOptions ? [] : [{ ...one, value: one.value }]))
  const faults = read.flatMap(({ line, name: of, why }) => (why === undefined ? [] : [{ line, name: of, why }]))
  const values = groupBy(good, (one) => one.name)
  return [{ file: input.file, line: first.line, dn: value, values, faults }]
}

interface ReadLine {
  readonly name: string
  readonly hasOptions: boolean
  readonly value?: Cell
  readonly why?: string
}

const form = /^([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)((?:;[A-Za-z0-9-]+)*):([:<]?) *([^]*)$/

function readLine({ text, line }: LogicalLine, input: LdifText): ReadLine {
  const found = form.exec(text)
  if (found === null)
    throw refused(input, line, 'expected "name: value", or a space before what goes on from the line above')
  const [, name = '', options = '', kind = '', written = ''] = found
  const read = { name: name.toLowerCase(), hasOptions: options !== '' }
  if (kind === '<') return { ...read, why: 'what stands in another place is not read' }
  if (kind === '') return { ...read, value: input.decode(Buffer.from(written, 'latin1')) }
  const encoded = written.trimEnd()
  // Counted apart: a pattern of fours overflows the stack at some megabytes.
  if (encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return { ...read, why: 'it is not base64' }
  return { ...read, value: input.decode(Buffer.from(encoded, 'base64')) }
}

function refused({ file }: LdifText, line: number, why: string): GuildhallError {
  return new GuildhallError('IMPORT_REFUSED', `Cannot read ${file}:${line}: ${why}`, { facts: { file, line } })
}
