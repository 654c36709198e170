import type { ReadContext, ReadEnd, SourceEnvironment, SourceRecord, SourceType } from '../../source.ts'
import { openInput } from '../../source-input/open-input.ts'
import { optionsInvalid, readPlace } from '../../source-input/options.ts'
import type { InputPlace } from '../../source-input/options.ts'
import { isSelected, readSelect } from '../../source-input/select.ts'
import type { Selection } from '../../source-input/select.ts'
import { pagesOf } from '../../source-records.ts'
import { readDialect } from './dialect.ts'
import type { Dialect } from './dialect.ts'
import { readTable } from './read-table.ts'

/** Reads the rows of a CSV file. */
export const sourceType: SourceType = {
  type: 'csv',
  login: '${login}',
  create(options, environment) {
    const file: File = { place: readPlace('csv', options), dialect: readDialect(options), environment }
    return {
      async check(context) {
        const portions = readSelected(file, [], context)
        try {
          await portions.next()
        } finally {
          await portions.return(undefined)
        }
      },
      async *subjects(select, context): AsyncGenerator<readonly SourceRecord[], ReadEnd> {
        const count = yield* pagesOf(readSelected(file, readSelect('csv', select), context))
        return { complete: true, count }
      },
    }
  },
}

interface File {
  readonly place: InputPlace
  readonly dialect: Dialect
  readonly environment: SourceEnvironment
}

async function* readSelected(
  { place, dialect, environment }: File,
  selection: Selection,
  { signal }: ReadContext,
): AsyncGenerator<readonly SourceRecord[]> {
  const input = openInput(place, environment, signal)
  const portions = readTable(input, dialect, (columns) => {
    const unknown = selection.find(({ field }) => !columns.includes(field))
    if (unknown === undefined) return
    throw optionsInvalid(
      'csv',
      `select names the column ${JSON.stringify(unknown.field)}, which ${input.name} does not have`,
    )
  })
  for await (const portion of portions) {
    signal.throwIfAborted()
    yield selection.length === 0 ? portion : portion.filter((record) => isSelected(record, selection))
  }
}
