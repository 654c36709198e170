import type { SourceType } from '../../source.ts'
import { createFileSource } from '../../source-input/file-source.ts'
import { optionsInvalid } from '../../source-input/options.ts'
import { readDialect } from './dialect.ts'
import { readTable } from './read-table.ts'

const accept = ['text/csv', 'application/csv', 'text/plain', 'application/octet-stream']

/** Reads the rows of a CSV file. */
export const sourceType: SourceType = {
  type: 'csv',
  login: '${login}',
  create(options, environment) {
    const dialect = readDialect(options)
    return createFileSource(
      {
        type: 'csv',
        accept,
        read: (input, selection) =>
          readTable(input, dialect, (columns) => {
            const unknown = selection.find(({ field }) => !columns.includes(field))?.field
            if (unknown === undefined) return
            throw optionsInvalid('csv', `select names the column "${unknown}", which ${input.name} does not have`)
          }),
      },
      options,
      environment,
    )
  },
}
