import { GuildhallError } from '../../errors.ts'
import { whatThereIs } from '../../model/nearest.ts'
import { showValue } from '../../model/show-value.ts'
import type { Notes } from '../imported.ts'
import { usualColumns, type Column, type CsvOptions, type Table } from './table.ts'

/** Finds where the columns of each file stand. IMPORT_REFUSED where one lacks the login, or none has a column that was named. */
export function findColumns(
  tables: readonly Table[],
  { named }: CsvOptions,
  notes: Notes,
): ReadonlyMap<Table, ReadonlyMap<Column, number>> {
  const wanted = new Map([...usualColumns, ...named])
  const all = tables.flatMap(({ columns }) => columns)
  for (const [column, name] of named) {
    if (all.includes(name)) continue
    throw refused(tables[0]?.file ?? '', `no file has the column ${showValue(name)} that ${column} is to be`, [
      name,
      all,
    ])
  }
  return new Map(tables.map((table) => [table, columnsOf(table, wanted, notes)]))
}

function columnsOf({ file, columns }: Table, wanted: ReadonlyMap<Column, string>, notes: Notes): Map<Column, number> {
  const found = new Map<Column, number>()
  for (const [column, name] of wanted) if (columns.includes(name)) found.set(column, columns.indexOf(name))
  if (!found.has('login')) {
    const name = wanted.get('login') ?? ''
    throw refused(file, `there is no column ${showValue(name)}; say with --column login=NAME what it is called`, [
      name,
      columns,
    ])
  }
  const taken = new Set(found.values())
  for (const [index, name] of columns.entries()) {
    if (taken.has(index)) continue
    const why = 'no attribute was named for it; --column user.NAME=COLUMN takes it'
    notes.leftOut.push({ file, line: 1, what: `column ${showValue(name)}`, why })
  }
  return found
}

function refused(file: string, why: string, [name, columns]: readonly [string, readonly string[]]): GuildhallError {
  const message = `Cannot read ${file}:1: ${why}${whatThereIs(name, new Set(columns))}`
  return new GuildhallError('IMPORT_REFUSED', message, { facts: { file } })
}
