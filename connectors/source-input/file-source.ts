import { createHash } from 'node:crypto'
import type { JsonObject } from '../../core/model/json.ts'
import type { ReadContext, ReadEnd, Source, SourceEnvironment, SourceRecord } from '../source.ts'
import { pagesOf } from '../source-records.ts'
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
  readonly etag?: string | undefined
  readonly sawEtag?: (etag: string | undefined) => void
}

const longestCookie = 4_096

/**
 * Makes a source of a format: it reads the file, address or file of the repository that the options name. Of what lies at an address,
 * `changesSince` gives everybody or, where the server says that it is still the same, nobody.
 */
export function createFileSource(format: FileFormat, options: JsonObject, environment: SourceEnvironment): Source {
  const place = readPlace(format.type, options)
  async function* portionsOf({ selection, signal, etag, sawEtag }: Reading): AsyncGenerator<readonly SourceRecord[]> {
    const input = await openInput(place, { ...{ options, environment, signal, etag }, accept: format.accept })
    sawEtag?.(input === undefined ? etag : input.etag)
    if (input === undefined) return
    try {
      for await (const portion of format.read(input, selection)) {
        signal.throwIfAborted()
        yield portion
      }
    } finally {
      input.close()
    }
  }
  async function* read(
    select: string | undefined,
    { signal }: ReadContext,
    cookie = '',
  ): AsyncGenerator<readonly SourceRecord[], ReadEnd> {
    const selection = readSelect(format.type, select)
    const asked = `${createHash('sha256')
      .update(JSON.stringify([options, select]))
      .digest('hex')} `
    const known = cookie.startsWith(asked) ? cookie.slice(asked.length) : undefined
    let etag: string | undefined
    const portions = portionsOf({ selection, signal, etag: known, sawEtag: (seen) => void (etag = seen) })
    const count = yield* pagesOf(ofSelection(portions, selection))
    const next = etag === undefined ? undefined : `${asked}${etag}`
    return { complete: true, count, ...(next !== undefined && next.length <= longestCookie && { cookie: next }) }
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
    subjects: (select, context) => read(select, context),
    ...(place.kind === 'url' && {
      changesSince: (cookie: string, select: string | undefined, context: ReadContext) => read(select, context, cookie),
    }),
  }
}

async function* ofSelection(
  portions: AsyncGenerator<readonly SourceRecord[]>,
  selection: Selection,
): AsyncGenerator<readonly SourceRecord[]> {
  for await (const portion of portions) yield selected(portion, selection)
}
