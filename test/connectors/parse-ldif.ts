/** An entry as LDIF gives it: its name, and the values of each attribute in their order. */
export interface ParsedEntry {
  readonly dn: string
  readonly values: Readonly<Record<string, readonly string[]>>
}

/** Reads entries of LDIF after RFC 2849: a line that begins with a space continues the one before, `::` is base64. */
export function parseLdif(text: string): ParsedEntry[] {
  return text
    .replaceAll('\n ', '')
    .split(/\n\n+/)
    .filter((record) => record.trim() !== '')
    .map(parseEntry)
}

function parseEntry(record: string): ParsedEntry {
  const lines = record
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map(parseLine)
  const [first, ...rest] = lines
  if (first?.[0] !== 'dn') throw new Error(`Cannot read an entry without a name: ${record.slice(0, 200)}`)
  const values: Record<string, string[]> = {}
  for (const [attribute, value] of rest) (values[attribute] ??= []).push(value)
  return { dn: first[1], values }
}

function parseLine(line: string): readonly [attribute: string, value: string] {
  const [, attribute, separator, value = ''] = /^([A-Za-z0-9;-]+)(::?) *(.*)$/.exec(line) ?? []
  if (attribute === undefined) throw new Error(`Cannot read line ${JSON.stringify(line)}`)
  if (separator === '::')
    return [attribute, new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(value, 'base64'))]
  if (!/^[\x20-\x7e]*$/.test(value)) throw new Error(`A value must be in base64: ${JSON.stringify(line)}`)
  return [attribute, value]
}
