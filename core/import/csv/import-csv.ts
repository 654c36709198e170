import type { AttributeSpec, Member } from '../../../schemas/generated/config.ts'
import { builtInAttributes } from '../../config/built-in-attributes.ts'
import { parseAttribute } from '../../config/references.ts'
import { isDay } from '../../lifecycle/calendar.ts'
import { showValue } from '../../model/show-value.ts'
import { isAddress } from '../../notifications/is-address.ts'
import { sayUnreadable, type Cell } from '../cell.ts'
import { directoryFiles, freeLogin, memberUntil } from '../directory.ts'
import { groupAt, noGroups, type GroupTree } from '../group-tree.ts'
import { noNotes, type Imported, type Notes } from '../imported.ts'
import { lineFault } from '../input.ts'
import { loginFault } from '../logins.ts'
import { personalAttribute } from '../personal-attribute.ts'
import { findColumns } from './find-columns.ts'
import type { Column, CsvOptions, Table } from './table.ts'

/**
 * Makes a configuration of CSV files: a row names a person, perhaps with values, a group and the day on which the membership is over.
 * Everybody in them is a member of the VO. IMPORT_REFUSED where columns are missing.
 */
export function importCsv(tables: readonly Table[], options: CsvOptions): Imported {
  const notes = noNotes()
  const columns = findColumns(tables, options, notes)
  const reading: Reading = {
    notes,
    options,
    people: new Map(),
    logins: new Set(),
    members: new Map(),
    tree: noGroups(),
    renamed: new Set(),
  }
  for (const table of tables)
    for (const row of table.rows) readRow(reading, { table, row, columns: columns.get(table) })
  const files = directoryFiles({
    ...{ instance: options.instance, sources: [options.source], attributes: definitions(options) },
    people: [...reading.people].map(([identity, values]) => ({
      identities: [identity],
      attributes: Object.fromEntries([...values].map(([name, { text }]) => [name, text])),
    })),
    vos: [{ name: options.vo, members: [...reading.members.values()], groups: [...reading.tree.groups.values()] }],
  })
  return { files, ...notes }
}

interface Value {
  readonly text: string
  readonly place: string
}

interface Reading {
  readonly notes: Notes
  readonly options: CsvOptions
  /** Values by bare name, by identity. */
  readonly people: Map<string, Map<string, Value>>
  readonly logins: Set<string>
  /** Of the VO, by identity. */
  readonly members: Map<string, Member>
  readonly tree: GroupTree
  /** Groups of which it is told that they have another name. */
  readonly renamed: Set<string>
}

interface RowOf {
  readonly table: Table
  readonly row: Table['rows'][number]
  readonly columns: ReadonlyMap<Column, number> | undefined
}

function readRow(reading: Reading, { table, row, columns = new Map<Column, number>() }: RowOf): void {
  const { file } = table
  const leaveOut = (what: string, why: string) => reading.notes.leftOut.push({ file, line: row.line, what, why })
  const change = (what: string, why: string) => reading.notes.changed.push({ file, line: row.line, what, why })
  const cellOf = (column: Column): Cell => row.cells[columns.get(column) ?? -1] ?? ''
  if (row.cells.length !== table.columns.length) {
    leaveOut('the row', `it has ${row.cells.length} cells, expected ${table.columns.length} as in the first line`)
    return
  }
  const login = cellOf('login')
  const fault = typeof login === 'string' ? loginFault(login) : sayUnreadable(login)
  if (typeof login !== 'string' || fault !== undefined) {
    leaveOut('the row', `no person has such a login: ${fault ?? ''}`)
    return
  }
  const person: PersonRow = { identity: `${reading.options.source}/${login}`, login, cellOf, leaveOut, change }
  readValues(reading, { ...person, place: `${file}:${row.line}`, columns })
  readMembership(reading, person)
}

interface PersonRow {
  readonly identity: string
  readonly login: string
  readonly cellOf: (column: Column) => Cell
  readonly leaveOut: (what: string, why: string) => void
  readonly change: (what: string, why: string) => void
}

interface ValueRow extends PersonRow {
  readonly place: string
  readonly columns: ReadonlyMap<Column, number>
}

function readValues(reading: Reading, row: ValueRow): void {
  const { identity, login, place, columns } = row
  const values = reading.people.get(identity) ?? new Map<string, Value>()
  if (!reading.people.has(identity)) {
    const own = columns.has('user.login') ? undefined : freeLogin(login, reading.logins)
    if (own !== undefined) values.set('login', { text: own, place })
    reading.people.set(identity, values)
  }
  for (const column of columns.keys())
    if (column.startsWith('user.') && row.cellOf(column) !== '') readValue(reading, { row, column, values })
}

interface OneValue {
  readonly row: ValueRow
  readonly column: Column
  readonly values: Map<string, Value>
}

function readValue(reading: Reading, { row: { identity, cellOf, leaveOut, place }, column, values }: OneValue): void {
  const cell = cellOf(column)
  const { name } = parseAttribute(column)
  const before = values.get(name)
  if (before !== undefined && before.text === cell) return
  const fault =
    before === undefined ? valueFault(column, cell, reading) : `they have another at ${before.place} already`
  if (typeof cell !== 'string' || fault !== undefined) leaveOut(`${column} of ${identity}`, fault ?? '')
  else values.set(name, { text: cell, place })
}

function valueFault(column: Column, cell: Cell, { logins }: Reading): string | undefined {
  if (typeof cell !== 'string') return sayUnreadable(cell)
  const fault = lineFault(cell)
  if (fault !== undefined) return fault
  if (column === 'user.email' && !isAddress(cell)) return `expected an e-mail address, got ${showValue(cell)}`
  if (column === 'user.login' && freeLogin(cell, logins) === undefined)
    return `expected a login that nobody else has, got ${showValue(cell)}`
  return undefined
}

function readMembership(reading: Reading, { identity, cellOf, leaveOut, change }: PersonRow): void {
  const { members, options } = reading
  const [groups, expires] = [cellOf('group'), cellOf('expires')]
  const fault = typeof groups === 'string' ? dayFault(expires) : `of its group: ${sayUnreadable(groups)}`
  if (typeof expires !== 'string' || typeof groups !== 'string' || fault !== undefined) {
    leaveOut(`the membership of ${identity}`, fault ?? '')
    return
  }
  const names = groups.split(options.separator).map((name) => name.trim())
  const named = names.filter((name) => name !== '')
  if (named.length === 0) put(members, { identity, expires, leaveOut, where: `VO ${options.vo}` })
  // The VO holds them as long as any of their groups does.
  else if (!members.has(identity)) members.set(identity, identity)
  for (const name of named) joinGroup(reading, name, { identity, expires, leaveOut, change })
}

function joinGroup(reading: Reading, name: string, joining: Joining): void {
  const fault = lineFault(name)
  const path = fault === undefined ? name.split(':').filter((part) => part !== '') : []
  const groups = path.flatMap((_, index) => groupAt(reading.tree, path.slice(0, index + 1)) ?? [])
  const group = groups.at(-1)
  for (const { name: own, title } of groups) {
    if (title === undefined || reading.renamed.has(own)) continue
    reading.renamed.add(own)
    joining.change(`group ${showValue(title)}`, `no group can be called so; its name is ${showValue(own)}`)
  }
  if (group === undefined)
    joining.leaveOut(`the membership of ${joining.identity}`, fault ?? `expected a group, got ${showValue(name)}`)
  else put(group.members, { ...joining, where: `group ${group.name}` })
}

interface Joining extends Omit<Put, 'where'> {
  readonly change: (what: string, why: string) => void
}

interface Put {
  readonly identity: string
  readonly expires: string
  readonly leaveOut: (what: string, why: string) => void
  readonly where: string
}

function put(members: Map<string, Member>, { identity, expires, leaveOut, where }: Put): void {
  const known = members.get(identity)
  const member = memberUntil(identity, expires)
  if (known === undefined) members.set(identity, member)
  else if (JSON.stringify(known) !== JSON.stringify(member))
    leaveOut(`${identity} in ${where}`, 'the same person stands there already, with another day or none')
}

function dayFault(expires: Cell): string | undefined {
  if (typeof expires !== 'string') return sayUnreadable(expires)
  if (expires === '' || isDay(expires)) return undefined
  return `expected a day such as "2027-01-31", got ${showValue(expires)}`
}

/** What nobody has defined is text. */
function definitions({ named }: CsvOptions): ReadonlyMap<string, AttributeSpec> {
  const own = [...named.keys()].filter((name) => name.startsWith('user.') && !Object.hasOwn(builtInAttributes, name))
  return new Map(own.map((name) => [name, personalAttribute('string')]))
}
