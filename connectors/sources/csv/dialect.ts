import type { JsonObject } from '../../../core/model/json.ts'
import { optionsInvalid } from '../../source-input/options.ts'

/** How the cells of a file are to be read. */
export interface Dialect {
  readonly delimiter: string
  /** Undefined where the first row names the columns. */
  readonly columns: readonly string[] | undefined
  /** What splits a cell into several values, by column. */
  readonly separators: ReadonlyMap<string, string>
  /** How the last line begins, which says how many rows stand above it. */
  readonly trailer: string | undefined
}

/** Reads the options that say how a file is written. */
export function readDialect({ delimiter = ',', columns, separators, trailer }: JsonObject): Dialect {
  if (typeof delimiter !== 'string' || !/^[\t -!#-~]$/.test(delimiter)) {
    throw optionsInvalid('csv', 'its delimiter must be one ASCII character, such as ";"')
  }
  if (trailer !== undefined && (typeof trailer !== 'string' || trailer === '')) {
    throw optionsInvalid('csv', 'its trailer must be the beginning of the last line, such as "#end"')
  }
  return { delimiter, columns: readColumns(columns), separators: readSeparators(separators), trailer }
}

/** The first name that stands there twice. */
export function twinIn(names: readonly string[]): string | undefined {
  return names.find((name, index) => names.indexOf(name) !== index)
}

function readColumns(columns: unknown): readonly string[] | undefined {
  if (columns === undefined || (isTexts(columns) && twinIn(columns) === undefined)) return columns
  throw optionsInvalid('csv', 'its columns must be names, none of them twice')
}

function readSeparators(separators: unknown): ReadonlyMap<string, string> {
  const entries = typeof separators === 'object' && separators !== null ? Object.entries(separators) : []
  const read = new Map<string, string>()
  for (const [column, separator] of entries) {
    if (typeof separator !== 'string' || separator === '') {
      throw optionsInvalid('csv', `the separator of column ${JSON.stringify(column)} must be a text, such as ";"`)
    }
    read.set(column, separator)
  }
  return read
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')
}
