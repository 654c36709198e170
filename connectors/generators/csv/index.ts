import type { JsonValue } from '../../../core/model/json.ts'
import { isOneLine } from '../../../core/model/one-line.ts'
import { isShown, readColumns, shownAttributes, shownValue, type Column } from '../../columns.ts'
import { inertCell } from '../../formulas.ts'
import type { Account, Generator, GeneratorInput, Output } from '../../generator.ts'
import { textsOf } from '../../safe-text.ts'
import { personOf } from '../../unix-accounts.ts'

/** Makes `<service>.csv`: a table of people with a line that names its columns. */
export const generator: Generator = {
  name: 'csv',
  carriesStatus: true,
  requires: [],
  uses: [],
  usesOf: (options) => shownAttributes(readColumns('csv', options)),
  generate,
}

type Cell = (text: string) => string

async function* generate(input: GeneratorInput): AsyncIterable<Output> {
  const columns = readColumns('csv', input.options)
  const inert: Cell = input.options['formulas'] === 'keep' ? (text) => text : inertCell
  const file = `${input.service}.csv`
  yield { kind: 'text', file, text: `${columns.map(({ name }) => quoted(inert(name))).join(',')}\n` }
  for await (const accounts of input.accounts()) {
    let text = ''
    for (const account of accounts.filter((one) => isShown(one, columns))) {
      const read = readLine(account, columns, inert)
      if ('line' in read) text += read.line
      else yield { kind: 'left-out', user: personOf(account), reason: read.reason }
    }
    if (text !== '') yield { kind: 'text', file, text }
  }
}

function readLine(
  account: Account,
  columns: readonly Column[],
  inert: Cell,
): { readonly line: string } | { readonly reason: string } {
  const cells: string[] = []
  for (const column of columns) {
    const value = shownValue(account, column)
    const texts = textsOf(value)
    if (texts === undefined) return { reason: `${column.attribute} is a map, which no cell can hold` }
    if (!texts.every(isOneLine))
      return { reason: `${column.attribute} holds a line break, a control character or a direction mark` }
    if (texts.length > 1 && texts.some((text) => text.includes(';')))
      return { reason: `${column.attribute} is a list with a semicolon in it` }
    cells.push(quoted(isNumber(value) ? `${value}` : inert(texts.join(';'))))
  }
  return { line: `${cells.join(',')}\n` }
}

/** One below zero begins like a formula, and is none. */
function isNumber(value: JsonValue | undefined): value is number {
  return typeof value === 'number'
}

/** As RFC 4180 has it; a cell alone on its line must not look like no line. */
function quoted(text: string): string {
  return text === '' || /[",]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
