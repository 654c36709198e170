import { failed } from '../../https/failures.ts'
import { asObjects, hasMembers, readJson } from '../../https/json.ts'
import type { JsonMembers } from '../../https/json.ts'
import { readPages } from '../../https/list.ts'
import type { ListPage } from '../../https/list.ts'
import { urlBelow } from '../../https/open-reader.ts'
import { pageSizeOf } from '../../https/source.ts'
import type { Asked } from '../../https/source.ts'
import { shownUrl } from '../../https/shown-url.ts'

/**
 * All that a provider lists at a path: an array whole, which may name somebody once for each role; the older form with `totalResults`
 * page by page.
 */
export function listBelow(asked: Asked, path: string): AsyncGenerator<readonly JsonMembers[]> {
  const shown = shownUrl(urlBelow(asked.options, path))
  return readPages({
    shown,
    idOf: ({ id }) => {
      if (typeof id === 'string' && id !== '') return id
      throw failed('SOURCE_ANSWER_WRONG', shown, 'it lists something without an "id"')
    },
    read: ({ taken }) => readPage(asked, path, taken),
  })
}

async function readPage({ reader, options, signal }: Asked, path: string, startIndex: number): Promise<ListPage> {
  const query = { startIndex: `${startIndex}`, count: `${pageSizeOf(options, 200)}` }
  const url = urlBelow(options, path, query)
  const body = await readJson(reader, { url, accept: ['application/json'], signal })
  const whole = asObjects(body)
  if (whole !== undefined) return { items: whole, total: undefined, next: 'whole' }
  const items = hasMembers(body) ? asObjects(body['entry'] ?? []) : undefined
  const total = hasMembers(body) ? body['totalResults'] : undefined
  if (items !== undefined && typeof total === 'number' && Number.isSafeInteger(total))
    return { items, total, next: 'by number' }
  throw failed(
    'SOURCE_ANSWER_WRONG',
    shownUrl(url),
    'a list of objects was expected, or an object with "entry" and "totalResults"',
  )
}
