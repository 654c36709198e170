import { GuildhallError } from '../../core/errors.ts'
import type { InvitationRequest } from '../../core/invitations/invitation.ts'
import { nearest } from '../../core/model/nearest.ts'
import { showValue } from '../../core/model/show-value.ts'

/** Whom a line of a file invites. */
export interface InvitedLine {
  readonly line: number
  readonly request: InvitationRequest
}

/** What is wrong with a line. */
export interface BadLine {
  readonly line: number
  /** As it stands there, perhaps empty. */
  readonly address: string
  readonly message: string
}

/** The lines of a file, in their order. */
export interface InvitationLines {
  readonly invited: readonly InvitedLine[]
  readonly bad: readonly BadLine[]
}

const columns = ['email', 'name', 'language', 'message', 'until'] as const
type Column = (typeof columns)[number]

const form = 'expected a first line such as "email,name", with columns out of email, name, language, message and until'

/**
 * Reads a list of addresses: CSV with a first line that names the columns, cells parted by commas, semicolons or tabs. A cell ends on
 * its line, also a quoted one: a quote that is missing spoils one line, not all that follow. COMMAND_MISUSED where the columns are
 * not clear.
 */
export function readInvitationCsv(bytes: Uint8Array): InvitationLines {
  const [first = '', ...others] = new TextDecoder().decode(bytes).split(/\r\n|\n|\r/)
  const header = readHeader(first)
  const invited: InvitedLine[] = []
  const bad: BadLine[] = []
  const lineOf = new Map<string, number>()
  for (const [index, text] of others.entries()) {
    if (text.trim() === '') continue
    const line = index + 2
    const read = readLine(text, header)
    const address = (read.cells.get('email') ?? '').trim()
    const before = lineOf.get(address.toLowerCase())
    const fault = read.fault ?? (before === undefined ? undefined : `the address stands on line ${before} already`)
    if (fault === undefined) {
      lineOf.set(address.toLowerCase(), line)
      invited.push({ line, request: requestOf(address, read.cells) })
    } else bad.push({ line, address, message: fault })
  }
  return { invited, bad }
}

interface Header {
  readonly separator: string
  readonly columns: readonly Column[]
}

function readHeader(text: string): Header {
  const separator = [',', ';', '\t'].find((one) => text.includes(one)) ?? ','
  const names = cellsOf(text, separator)
  if (names === undefined) throw misread(form)
  const read = names.map((name) => readColumn(name.trim()))
  if (!read.includes('email')) throw misread(`${form}, got ${showValue(text)}`)
  if (new Set(read).size < read.length) throw misread(`a column is named twice; ${form}`)
  return { separator, columns: read }
}

function readColumn(name: string): Column {
  const column = columns.find((one) => one === name.toLowerCase())
  if (column !== undefined) return column
  const meant = nearest(name.toLowerCase(), columns)
  throw misread(
    `there is no column ${showValue(name)}${meant === undefined ? '' : `, did you mean "${meant}"?`}; ${form}`,
  )
}

function misread(why: string): GuildhallError {
  return new GuildhallError('COMMAND_MISUSED', `Cannot read the list of addresses: ${why}; nobody was invited`)
}

interface ReadLine {
  readonly cells: ReadonlyMap<Column, string>
  readonly fault?: string
}

function readLine(text: string, { separator, columns: header }: Header): ReadLine {
  const cells = cellsOf(text, separator)
  if (cells === undefined)
    return { cells: new Map(), fault: 'this is not CSV: a quote does not end on the line, or text follows one' }
  const named = new Map(header.map((column, index) => [column, cells[index] ?? '']))
  if (cells.length !== header.length)
    return { cells: named, fault: `expected ${header.length} cells as in the first line, got ${cells.length}` }
  if (text.includes('\ufffd')) return { cells: named, fault: 'it has bytes that are not UTF-8; save the file as UTF-8' }
  return { cells: named }
}

function requestOf(address: string, cells: ReadonlyMap<Column, string>): InvitationRequest {
  const said = (['name', 'language', 'message', 'until'] as const).flatMap((column) => {
    const text = cells.get(column)?.trim() ?? ''
    return text === '' ? [] : [[column, text] as const]
  })
  return { address, ...Object.fromEntries(said) }
}

/** The cells of a line; a quote in a quoted one is written twice. Undefined where quotes do not match. */
function cellsOf(text: string, separator: string): string[] | undefined {
  const cells: string[] = []
  const plain = new RegExp(`[^"${separator}][^${separator}]*|`, 'y')
  const quoted = /"((?:[^"]|"")*)"/y
  for (let at = 0; ;) {
    const pattern = text[at] === '"' ? quoted : plain
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null) return undefined
    cells.push(found[1]?.replaceAll('""', '"') ?? found[0])
    at += found[0].length
    if (at === text.length) return cells
    if (text[at] !== separator) return undefined
    at += 1
  }
}
