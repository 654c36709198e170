/** An attribute and its value as a line of LDIF gives them. */
export interface LdifLine {
  /** In small letters, without options. */
  readonly name: string
  /** Such as `;lang-de`; mostly empty. */
  readonly options: string
  /** In characters of Latin-1 that stand for the bytes; without, `why` says why there are none. */
  readonly octets?: string
  readonly why?: string
}

const form = /^([A-Za-z][A-Za-z0-9-]*|\d+(?:\.\d+)*)((?:;[A-Za-z0-9-]+)*):([:<]?) *([^]*)$/

/** Reads a line of a record (RFC 2849); nothing where it is none. */
export function readLine(text: string): LdifLine | undefined {
  const found = form.exec(text)
  if (found === null) return undefined
  const [, written = '', options = '', kind = '', value = ''] = found
  const named = { name: written.toLowerCase(), options }
  if (kind === '<') return { ...named, why: 'what stands in another place is not read' }
  if (kind === '') return { ...named, octets: value }
  const encoded = value.trimEnd()
  // Counted apart: a pattern of fours overflows the stack at some megabytes.
  if (encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return { ...named, why: 'it is not base64' }
  return { ...named, octets: Buffer.from(encoded, 'base64').toString('latin1') }
}

/** What stands before the first record, if anything: the version of LDIF. */
export function isVersion(text: string): boolean {
  return /^version:\s*\d+\s*$/i.test(text)
}

/** Tells whether a line says that its record is a change of an entry rather than an entry. */
export function tellsOfChange({ name }: LdifLine): boolean {
  return name === 'changetype' || name === 'control'
}

/** What is to be where a line is none. */
export const noLine = 'expected "name: value", or a space before what goes on from the line above'
/** What is to be where a record does not begin with the name of an entry. */
export const noEntry = 'expected an entry that begins with "dn:"; this is no LDIF, or not from its beginning'
