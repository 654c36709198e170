import { GuildhallError } from '../../errors.ts'
import { groupBy } from '../../model/group-by.ts'
import type { Cell } from '../cell.ts'
import { isVersion, noEntry, noLine, readLine, tellsOfChange } from './read-line.ts'
import type { LdifLine } from './read-line.ts'
import { RecordSplitter } from './split-records.ts'
import type { LogicalLine } from './split-records.ts'

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

/** A file and the way to read the bytes of a value. */
interface LdifText {
  readonly file: string
  /** The bytes as characters of Latin-1. */
  readonly latin1: string
  readonly decode: (bytes: Buffer) => Cell
}

/** Reads the entries of an LDIF file (RFC 2849): folded lines, comments and base64. IMPORT_REFUSED for records of changes and for what is no LDIF. */
export function parseLdif(input: LdifText): LdifEntry[] {
  const splitter = new RecordSplitter()
  return [...splitter.add(input.latin1), ...splitter.end()].flatMap((lines) => {
    const [first, ...others] = lines
    return first === undefined ? [] : readEntry(first, others, input)
  })
}

function readEntry(first: LogicalLine, others: readonly LogicalLine[], input: LdifText): LdifEntry[] {
  if (isVersion(first.text)) {
    const [head, ...rest] = others
    return head === undefined ? [] : readEntry(head, rest, input)
  }
  const { name, value } = valueOf(first, input)
  if (name !== 'dn' || value === undefined) throw refused(input, first.line, noEntry)
  const read = others.map((line) => ({ ...valueOf(line, input), line: line.line }))
  const change = read.find(tellsOfChange)
  if (change !== undefined)
    throw refused(input, change.line, 'it holds changes of a directory; export the entries themselves')
  const good = read.flatMap((one) =>
    one.value === undefined || one.options !== '' ? [] : [{ ...one, value: one.value }],
  )
  const faults = read.flatMap(({ line, name: of, why }) => (why === undefined ? [] : [{ line, name: of, why }]))
  const values = groupBy(good, (one) => one.name)
  return [{ file: input.file, line: first.line, dn: value, values, faults }]
}

function valueOf({ text, line }: LogicalLine, input: LdifText): LdifLine & { readonly value?: Cell } {
  const read = readLine(text)
  if (read === undefined) throw refused(input, line, noLine)
  return read.octets === undefined ? read : { ...read, value: input.decode(Buffer.from(read.octets, 'latin1')) }
}

function refused({ file }: LdifText, line: number, why: string): GuildhallError {
  return new GuildhallError('IMPORT_REFUSED', `Cannot read ${file}:${line}: ${why}`, { facts: { file, line } })
}
