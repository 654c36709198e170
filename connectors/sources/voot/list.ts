import { failed } from '../../https/failures.ts'
import { asObjects, hasMembers, readJson, shownUrl } from '../../https/json.ts'
import type { JsonMembers } from '../../https/json.ts'
import { urlBelow } from '../../https/open-reader.ts'
import { pageSizeOf } from '../../https/source.ts'
import type { Asked } from '../../https/source.ts'
import { createTally } from '../../https/tally.ts'

interface Page {
  readonly items: readonly JsonMembers[]
  /** Absent where the list came whole. */
  readonly total: number | undefined
}

/**
 * All that a provider lists at a path: an array whole, which may name somebody once for each role; the older form with `totalResults`
 * page by page.
 */
export async function* listBelow(asked: Asked, path: string): AsyncGenerator<readonly JsonMembers[]> {
  const shown = shownUrl(urlBelow(asked.options, path))
  const tally = createTally(shown)
  for (;;) {
    const { items, total } = await readPage(asked, path, tally.count)
    const ids = items.map((item) => idOf(item, shown))
    if (total !== undefined) tally.take(ids, total)
    if (items.length > 0) yield items
    if (total === undefined) return
    if (items.length > 0 && tally.count < total) continue
    tally.end(total)
    return
  }
}

async function readPage({ reader, options, signal }: Asked, path: string, startIndex: number): Promise<Page> {
  const query = { startIndex: `${startIndex}`, count: `${pageSizeOf(options, 200)}` }
  const url = urlBelow(options, path, query)
  const body = await readJson(reader, { url, accept: ['application/json'], signal })
  const whole = asObjects(body)
  if (whole !== undefined) return { items: whole, total: undefined }
  const items = hasMembers(body) ? asObjects(body['entry'] ?? []) : undefined
  const total = hasMembers(body) ? body['totalResults'] : undefined
  if (items !== undefined && typeof total === 'number' && Number.isSafeInteger(total)) return { items, total }
  throw failed(
    'SOURCE_ANSWER_WRONG',
    shownUrl(url),
    'a list of objects was expected, or an object with "entry" and "totalResults"',
  )
}

function idOf({ id }: JsonMembers, shown: string): string {
  if (typeof id === 'string' && id !== '') return id
  throw failed('SOURCE_ANSWER_WRONG', shown, 'it lists something without an "id"')
}
