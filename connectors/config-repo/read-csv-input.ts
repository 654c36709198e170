import { GuildhallError } from '../../core/errors.ts'
import type { Table } from '../../core/import/csv/table.ts'
import { readHead } from '../sources/csv/head.ts'
import { RowScanner } from '../sources/csv/rows.ts'

/** Reads a CSV file whose first line names the columns. IMPORT_REFUSED where it is none. */
export function readCsvInput(file: string, bytes: Uint8Array, delimiter: string): Table {
  const fail = (reason: string): GuildhallError =>
    new GuildhallError('IMPORT_REFUSED', `Cannot read ${file}: ${reason}`, { facts: { file } })
  const scanner = new RowScanner(delimiter, fail)
  const rows = [...scanner.scan(withoutMark(Buffer.from(bytes)))]
  const last = scanner.end()
  if (last !== undefined) rows.push(last)
  const [first, ...others] = rows
  if (first === undefined) throw fail('it is empty; expected a first line with the names of the columns')
  const dialect = { delimiter, columns: undefined, separators: new Map<string, string>(), trailer: undefined }
  return { file, columns: readHead(first, dialect, fail), rows: others }
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf])) ? bytes.subarray(3) : bytes
}
