import { lineStarts, positionAt } from './lines.ts'

/** A cell that is in the way. */
interface CsvFault {
  readonly code: 'value-invalid' | 'key-unknown' | 'key-not-supported-yet'
  readonly line: number
  readonly column: number
  readonly message: string
}

/** The people a CSV file names, with the line of each, and what is wrong with it. */
export interface ParsedCsv {
  readonly identities: readonly string[]
  readonly lines: Uint32Array
  readonly faults: readonly CsvFault[]
}

interface Row {
  readonly cells: readonly string[]
  readonly offset: number
}

const mostFaults = 50

/** Reads a list of people, RFC 4180, with the column `identity`. */
export function parseCsv(text: string, isIdentity: (text: string) => boolean): ParsedCsv {
  const starts = lineStarts(text)
  const faults: CsvFault[] = []
  const complain = (offset: number, fault: Pick<CsvFault, 'code' | 'message'>): void => {
    const { line, column } = positionAt('', starts, offset)
    if (faults.length < mostFaults) faults.push({ ...fault, line, column })
  }
  const rows = [...rowsOf(text, (offset, message) => complain(offset, { code: 'value-invalid', message }))]
  const [header, ...others] = rows
  const column = header === undefined ? -1 : readHeader(header, complain)
  if (header === undefined)
    complain(0, { code: 'value-invalid', message: 'expected a first line with the column "identity"' })
  const identities: string[] = []
  const lines: number[] = []
  const seen = new Set<string>()
  for (const { cells, offset } of faults.length > 0 ? [] : others) {
    const identity = cells[column] ?? ''
    const message = cellFault(identity, { isIdentity, seen, width: cells.length === header?.cells.length })
    if (message !== undefined) complain(offset, { code: 'value-invalid', message })
    seen.add(identity)
    identities.push(identity)
    lines.push(positionAt('', starts, offset).line)
  }
  return { identities, lines: Uint32Array.from(lines), faults }
}

interface CellRules {
  readonly isIdentity: (text: string) => boolean
  readonly seen: ReadonlySet<string>
  readonly width: boolean
}

function cellFault(identity: string, { isIdentity, seen, width }: CellRules): string | undefined {
  if (!width) return 'expected as many cells as the first line has'
  if (!isIdentity(identity)) {
    return `expected an identity "<source>/<login>" such as "idp/ada", got ${JSON.stringify(identity.slice(0, 60))}`
  }
  return seen.has(identity) ? `the member "${identity}" stands here twice` : undefined
}

function readHeader(
  { cells, offset }: Row,
  complain: (offset: number, fault: Pick<CsvFault, 'code' | 'message'>) => void,
): number {
  for (const cell of cells) {
    if (cell === 'identity') continue
    if (cell === 'expires')
      complain(offset, { code: 'key-not-supported-yet', message: 'the column "expires" is not supported yet' })
    else
      complain(offset, {
        code: 'key-unknown',
        message: `unknown column ${JSON.stringify(cell.slice(0, 60))}; expected "identity"`,
      })
  }
  if (!cells.includes('identity') && cells.length > 0) {
    complain(offset, { code: 'value-invalid', message: 'expected a first line with the column "identity"' })
  }
  return cells.indexOf('identity')
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
