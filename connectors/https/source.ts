import type { JsonObject } from '../../core/model/json.ts'
import type { ReadContext, ReadEnd, Source, SourceEnvironment, SourceRecord } from '../source.ts'
import { pagesOf } from '../source-records.ts'
import { openReader } from './open-reader.ts'
import type { HttpsReader } from './reader.ts'

/** Whom one read or check asks, and how long. */
export interface Asked {
  readonly reader: HttpsReader
  readonly options: JsonObject
  readonly signal: AbortSignal
}

/** What a type of source does with a reader that is open. */
interface Asks {
  check(asked: Asked): Promise<void>
  /** Fails where these may not be all. */
  records(asked: Asked, select: string | undefined): AsyncGenerator<readonly SourceRecord[]>
}

/** Builds a source that asks a server over https, with connections that last as long as one read or check. */
export function httpsSource(options: JsonObject, environment: SourceEnvironment, asks: Asks): Source {
  const open = async ({ signal }: ReadContext): Promise<Asked> => {
    signal.throwIfAborted()
    return { reader: await openReader(options, environment), options, signal }
  }
  return {
    async check(context) {
      const asked = await open(context)
      await asks.check(asked).finally(asked.reader.close)
    },
    async *subjects(select, context): AsyncGenerator<readonly SourceRecord[], ReadEnd> {
      const asked = await open(context)
      try {
        const count = yield* pagesOf(asks.records(asked, select))
        context.signal.throwIfAborted()
        return { complete: true, count }
      } finally {
        asked.reader.close()
      }
    },
  }
}

/** How many to ask for at once. */
export function pageSizeOf(options: JsonObject, usual: number): number {
  const { pageSize } = options
  return typeof pageSize === 'number' ? pageSize : usual
}
