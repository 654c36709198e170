import type { JsonObject } from '../../core/model/json.ts'
import type { ReadContext, ReadEnd, Source, SourceEnvironment, SourceRecord } from '../source.ts'
import { pagesOf } from '../source-records.ts'
import { openInput } from './open-input.ts'
import type { Input } from './open-input.ts'
import { readPlace } from './options.ts'
import { isSelected, readSelect } from './select.ts'
import type { Selection } from './select.ts'

/** How the records of one file format are read. */
export interface FileFormat {
  readonly type: string
  /** Gives all records, in any portions and the first as soon as the file looks right, or fails. */
  read(input: Input, selection: Selection): AsyncGenerator<readonly SourceRecord[]>
}

/** Makes a source of a format: it reads the file, address or file of the repository that the options name. */
export function createFileSource(format: FileFormat, options: JsonObject, environment: SourceEnvironment): Source {
  const place = readPlace(format.type, options)
  const read = (selection: Selection, { signal }: ReadContext): AsyncGenerator<readonly SourceRecord[]> =>
    untilAborted(format.read(openInput(place, environment, signal), selection), signal)
  return {
    async check(context) {
      const portions = read([], context)
      try {
        await portions.next()
      } finally {
        await portions.return(undefined)
      }
    },
    async *subjects(select, context): AsyncGenerator<readonly SourceRecord[], ReadEnd> {
      const selection = readSelect(format.type, select)
      const count = yield* pagesOf(selected(read(selection, context), selection))
      return { complete: true, count }
    },
  }
}

async function* untilAborted(
  portions: AsyncGenerator<readonly SourceRecord[]>,
  signal: AbortSignal,
): AsyncGenerator<readonly SourceRecord[]> {
  for await (const portion of portions) {
    signal.throwIfAborted()
    yield portion
  }
}

async function* selected(
  portions: AsyncGenerator<readonly SourceRecord[]>,
  selection: Selection,
): AsyncGenerator<readonly SourceRecord[]> {
  for await (const portion of portions) {
    yield selection.length === 0 ? portion : portion.filter((record) => isSelected(record, selection))
  }
}
