import { isVersion, noEntry, noLine, readLine, tellsOfChange } from '../../core/import/ldif/read-line.ts'
import { RecordSplitter } from '../../core/import/ldif/split-records.ts'
import type { LogicalLine } from '../../core/import/ldif/split-records.ts'
import { textOf } from './utf8.ts'

/** The values of each attribute by its name in small letters, each once, in characters of Latin-1 that stand for its bytes. */
export type Values = ReadonlyMap<string, readonly string[]>

/** An entry as LDIF has it. */
export interface LdifRecord {
  /** Of its first line. */
  readonly line: number
  readonly dn: string
  /** Read when they are asked for; fails where they are not as they should be. */
  readonly values: () => Values
}

/** Makes the error for what is no LDIF, of the number of a line and what is wrong there. */
type Refuse = (line: number, why: string) => Error

/**
 * Reads content records of LDIF (RFC 2849) as they come, those that are whole together; memory does not grow with their number. Unlike
 * an import, it takes nothing that is not as it should be: neither changes, nor values that stand elsewhere.
 */
export async function* readLdif(
  chunks: AsyncIterable<Uint8Array>,
  refuse: Refuse,
): AsyncGenerator<readonly LdifRecord[]> {
  const splitter = new RecordSplitter()
  for await (const chunk of chunks) {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')
    const records = recordsOf(splitter.add(text), refuse)
    if (records.length > 0) yield records
  }
  yield recordsOf(splitter.end(), refuse)
}

function recordsOf(records: readonly (readonly LogicalLine[])[], refuse: Refuse): readonly LdifRecord[] {
  return records.flatMap((lines) => {
    const [first, ...others] = isVersion(lines[0]?.text ?? '') ? lines.slice(1) : lines
    return first === undefined ? [] : [recordOf(first, others, refuse)]
  })
}

function recordOf(first: LogicalLine, others: readonly LogicalLine[], refuse: Refuse): LdifRecord {
  const [name, octets] = valueOf(first, refuse)
  if (name !== 'dn') throw refuse(first.line, noEntry)
  const dn = textOf(Buffer.from(octets, 'latin1'))
  if (dn === undefined) throw refuse(first.line, 'expected a name in UTF-8')
  return { line: first.line, dn, values: () => valuesOf(others, refuse) }
}

function valuesOf(lines: readonly LogicalLine[], refuse: Refuse): Values {
  const values = new Map<string, string[]>()
  for (const line of lines) {
    const [attribute, value] = valueOf(line, refuse)
    const those = values.get(attribute)
    if (those === undefined) values.set(attribute, [value])
    else those.push(value)
  }
  for (const [attribute, those] of values) if (those.length > 1) values.set(attribute, [...new Set(those)])
  return values
}

function valueOf({ text, line }: LogicalLine, refuse: Refuse): readonly [name: string, octets: string] {
  const read = readLine(text)
  if (read === undefined) throw refuse(line, noLine)
  if (tellsOfChange(read)) throw refuse(line, 'expected an entry, and this is a change of one')
  if (read.octets === undefined) throw refuse(line, `the value of ${read.name} cannot be read: ${read.why ?? ''}`)
  return [`${read.name}${read.options.toLowerCase()}`, read.octets]
}
