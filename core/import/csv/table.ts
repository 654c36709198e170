import type { Cell } from '../cell.ts'

/** A CSV file: the names of its columns, and its rows. */
export interface Table {
  readonly file: string
  readonly columns: readonly string[]
  readonly rows: readonly { readonly line: number; readonly cells: readonly Cell[] }[]
}

/** The columns that are taken: `login`, `group`, `expires`, or an attribute by its full name. */
export type Column = string

/** What an import of CSV files is told beside them. */
export interface CsvOptions {
  readonly instance: string
  readonly source: string
  readonly vo: string
  /** What parts the groups of one cell. */
  readonly separator: string
  /** What columns are called in the files, where it is not what they are called here. */
  readonly named: ReadonlyMap<Column, string>
}

/** Columns that are taken wherever they are, and what becomes of them. */
export const usualColumns: ReadonlyMap<Column, string> = new Map([
  ['login', 'login'],
  ['group', 'group'],
  ['expires', 'expires'],
  ['user.displayName', 'name'],
  ['user.email', 'email'],
])
