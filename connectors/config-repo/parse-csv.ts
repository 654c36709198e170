import { isDay } from '../../core/lifecycle/calendar.ts'
import { lineStarts, positionAt } from './lines.ts'

/** A cell that is in the way. */
interface CsvFault {
  readonly code: 'value-invalid' | 'key-unknown'
  /** The column. */
  readonly path: keyof Columns
  readonly line: number
  readonly column: number
  readonly message: string
}

/** The people a CSV file names, with the line of each, and what is wrong with it. */
export interface ParsedCsv {
  readonly identities: readonly string[]
  /** The date of each, empty for none; undefined without the column. */
  readonly expires: readonly string[] | undefined
  readonly lines: Uint32Array
  readonly faults: readonly CsvFault[]
}

interface Row {
  readonly cells: readonly string[]
  readonly offset: number
}

const mostFaults = 50

/** Where the columns stand; -1 for one that is missing. */
interface Columns {
  readonly identity: number
  readonly expires: number
}

type Complain = (offset: number, fault: Omit<CsvFault, 'line' | 'column'>) => void

/** Reads a list of people, RFC 4180, with the column `identity` and, where it has one, `expires`. */
export function parseCsv(text: string, isIdentity: (text: string) => boolean): ParsedCsv {
  const starts = lineStarts(text)
  const faults: CsvFault[] = []
  const complain: Complain = (offset, fault) => {
    const { line, column } = positionAt('', starts, offset)
    if (faults.length < mostFaults) faults.push({ ...fault, line, column })
  }
  const noCsv = (offset: number, message: string): void =>
    complain(offset, { code: 'value-invalid', path: 'identity', message })
  const [header = { cells: [], offset: 0 }, ...others] = rowsOf(text, noCsv)
  const columns = readHeader(header, complain)
  const identities: string[] = []
  const expires: string[] = []
  const lines: number[] = []
  const seen = new Set<string>()
  const rules: CellRules = { isIdentity, seen, columns, width: header.cells.length }
  for (const { cells, offset } of faults.length > 0 ? [] : others) {
    const fault = rowFault(cells, rules)
    if (fault !== undefined) complain(offset, { code: 'value-invalid', ...fault })
    const identity = cells[columns.identity] ?? ''
    seen.add(identity)
    identities.push(identity)
    expires.push(cells[columns.expires] ?? '')
    lines.push(positionAt('', starts, offset).line)
  }
  return { identities, expires: columns.expires < 0 ? undefined : expires, lines: Uint32Array.from(lines), faults }
}

interface CellRules {
  readonly isIdentity: (text: string) => boolean
  readonly seen: ReadonlySet<string>
  readonly columns: Columns
  readonly width: number
}

function rowFault(cells: readonly string[], rules: CellRules): Pick<CsvFault, 'path' | 'message'> | undefined {
  const { isIdentity, seen, columns, width } = rules
  if (cells.length !== width) return { path: 'identity', message: 'expected as many cells as the first line has' }
  const { [columns.identity]: identity = '', [columns.expires]: expires = '' } = cells
  if (!isIdentity(identity)) {
    const expected = 'expected an identity "<source>/<login>" such as "idp/ada"'
    return { path: 'identity', message: `${expected}, got ${shown(identity)}` }
  }
  if (seen.has(identity)) return { path: 'identity', message: `the member "${identity}" stands here twice` }
  if (expires === '' || isDay(expires)) return undefined
  const expected = 'expected a day of the calendar "YYYY-MM-DD" such as "2027-02-01", or nothing'
  return { path: 'expires', message: `${expected}, got ${shown(expires)}` }
}

function readHeader({ cells, offset }: Row, complain: Complain): Columns {
  const columns = { identity: cells.indexOf('identity'), expires: cells.indexOf('expires') }
  for (const [index, cell] of cells.entries()) {
    if (index === columns.identity || index === columns.expires) continue
    const message = `unknown column ${shown(cell)}; expected "identity", and "expires" where memberships end`
    complain(offset, { code: 'key-unknown', path: 'identity', message })
  }
  if (columns.identity < 0) {
    const message = 'expected a first line with the column "identity"'
    complain(offset, { code: 'value-invalid', path: 'identity', message })
  }
  return columns
}

function shown(cell: string): string {
  return JSON.stringify(cell.slice(0, 60))
}

/** Walks the text once; a quote inside a cell is written twice. */
function* rowsOf(text: string, complain: (offset: number, message: string) => void): Generator<Row> {
  let cells: string[] = []
  let start = 0
  let at = 0
  while (at < text.length) {
    const cell = readCell(text, at)
    if (cell === undefined) {
      complain(at, 'this is not CSV: a quoted cell does not end')
      return
    }
    cells.push(cell.value)
    at = cell.end
    if (text[at] === ',') {
      at += 1
      if (at < text.length) continue
      cells.push('')
    }
    if (text[at] === '\r') at += 1
    if (at < text.length && text[at] !== '\n') {
      complain(at, 'this is not CSV: text after a closing quote')
      return
    }
    if (cells.length > 1 || cells[0] !== '') yield { cells, offset: start }
    cells = []
    at += 1
    start = at
  }
}

const plainEnd = /[,\n]/g

function readCell(text: string, at: number): { readonly value: string; readonly end: number } | undefined {
  if (text[at] !== '"') {
    plainEnd.lastIndex = at
    const found = plainEnd.exec(text)?.index ?? text.length
    const end = text[found - 1] === '\r' && found > at ? found - 1 : found
    return { value: text.slice(at, end), end }
  }
  let close = text.indexOf('"', at + 1)
  while (close !== -1 && text[close + 1] === '"') close = text.indexOf('"', close + 2)
  if (close === -1) return undefined
  return { value: text.slice(at + 1, close).replaceAll('""', '"'), end: close + 1 }
}
