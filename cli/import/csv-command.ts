import { InvalidArgumentError, type Command } from 'commander'
import { builtInAttributes } from '../../core/config/built-in-attributes.ts'
import type { Shell } from '../shell.ts'
import { describeImport, readInputFile, sourceOption, voOption, writeWith } from './import-command.ts'

interface CsvOptions {
  readonly vo: string
  readonly source: string
  readonly delimiter: string
  readonly separator: string
  readonly column?: ReadonlyMap<string, string>
}

/** Makes `guildhall import csv`. */
export function csvCommand(shell: Shell): Command {
  const command = describeImport({
    name: 'csv',
    arguments: '<files...>',
    summary: 'of people and memberships, from CSV files',
    description: `Makes a configuration of CSV files with a first line that names the columns. A row names a person by the login, perhaps
with name and email, a group such as telescope:operators, and the day on which that membership is over. People may have
any number of rows, in any of the files; all of them are members of the VO.`,
    examples: [
      ['guildhall import csv people.csv --vo astro --to config', 'with the columns login, name, email, group, expires'],
      [
        'guildhall import csv people.csv teams.csv --vo rust --column group=team --column user.orcid=ORCID --to config',
        'columns called otherwise, and one more attribute',
      ],
    ],
  })
    .requiredOption(...voOption)
    .option(...sourceOption('people'))
    .option('--column <what=column>', `what a column is: ${taken}; may be repeated`, column)
    .option('--delimiter <character>', 'what parts cells', character, ',')
    .option('--separator <character>', 'what parts the groups of one cell', character, ';')
  return writeWith<CsvOptions>(command, shell, async (paths, { column: named = new Map(), ...options }) => {
    const { readCsvInput } = await import('../../connectors/config-repo/read-csv-input.ts')
    const { importCsv } = await import('../../core/import/csv/import-csv.ts')
    const tables = await Promise.all(
      paths.map(async (path) => readCsvInput(path, await readInputFile(shell, path), options.delimiter)),
    )
    return importCsv(tables, { ...options, named })
  })
}

const taken = 'login, name, email, group, expires or an attribute such as user.orcid'
const attributeOf: ReadonlyMap<string, string> = new Map([
  ['name', 'user.displayName'],
  ['email', 'user.email'],
])

function column(text: string, before: ReadonlyMap<string, string> = new Map()): ReadonlyMap<string, string> {
  const [what = '', ...rest] = text.split('=')
  const full = attributeOf.get(what) ?? what
  const isList = builtInAttributes[full]?.type === 'array'
  const isKnown = ['login', 'group', 'expires'].includes(full) || /^user\.[A-Za-z][A-Za-z0-9_-]{0,79}$/.test(full)
  if (!isKnown || isList || rest.join('=') === '')
    throw new InvalidArgumentError(`expected ${taken}, and what the column is called, such as group=team`)
  return new Map([...before, [full, rest.join('=')]])
}

function character(text: string): string {
  const read = text === '\\t' ? '\t' : text
  if (/^[\t -!#-~]$/.test(read)) return read
  throw new InvalidArgumentError('expected one ASCII character such as ";", or \\t')
}
