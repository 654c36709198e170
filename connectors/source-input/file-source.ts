import type { JsonObject } from '../../core/model/json.ts'
import type { ReadContext, ReadEnd, Source, SourceEnvironment, SourceRecord } from '../source.ts'
import { pagesOf } from '../source-records.ts'
import type { BodyCache } from './body-cache.ts'
import { openInput } from './open-input.ts'
import type { Input } from './open-input.ts'
import { readPlace } from './options.ts'
import { readSelect, selected } from './select.ts'
import type { Selection } from './select.ts'

/** How the records of one file format are read. */
export interface FileFormat {
  readonly type: string
  /** The media types that a server may give it as. */
  readonly accept: readonly string[]
  /** Gives all records, in any portions and the first as soon as the file looks right, or fails. */
  read(input: Input, selection: Selection): AsyncGenerator<readonly SourceRecord[]>
}

interface Reading extends ReadContext {
  readonly selection: Selection
  readonly cache?: BodyCache | undefined
}

/** Makes a source of a format: it reads the file, address or file of the repository that the options name. */
export function createFileSource(format: FileFormat, options: JsonObject, environment: SourceEnvironment): Source {
  const place = readPlace(format.type, options)
  async function* portionsOf({ selection, signal, cache }: Reading): AsyncGenerator<readonly SourceRecord[]> {
    const input = await openInput(place, { options, environment, signal, cache, accept: format.accept })
    try {
      for await (const portion of format.read(input, selection)) {
        signal.throwIfAborted()
        yield portion
      }
      signal.throwIfAborted()
      await input.keep()
    } finally {
      await input.close()
    }
  }
  return {
    async check({ signal }) {
      const portions = portionsOf({ selection: [], signal })
      try {
        await portions.next()
      } finally {
        await portions.return(undefined)
      }
    },
    async *subjects(select, { signal }): AsyncGenerator<readonly SourceRecord[], ReadEnd> {
      const selection = readSelect(format.type, select)
      const portions = portionsOf({ selection, signal, cache: environment.bodyCache })
      const count = yield* pagesOf(ofSelection(portions, selection))
      return { complete: true, count }
    },
  }
}

async function* ofSelection(
  portions: AsyncGenerator<readonly SourceRecord[]>,
  selection: Selection,
): AsyncGenerator<readonly SourceRecord[]> {
  for await (const portion of portions) yield selected(portion, selection)
}
