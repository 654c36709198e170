import { failed } from '../../https/failures.ts'
import { asObjects, hasMembers, readJson } from '../../https/json.ts'
import type { JsonMembers } from '../../https/json.ts'
import { readPages } from '../../https/list.ts'
import type { ListPage } from '../../https/list.ts'
import { urlBelow } from '../../https/open-reader.ts'
import type { Asked } from '../../https/source.ts'
import { shownUrl } from '../../https/shown-url.ts'
import { scimTypes } from './abilities.ts'
import type { Abilities } from './abilities.ts'

/** How a provider is asked in one read. */
export interface Asking extends Asked {
  readonly abilities: Abilities
  readonly pageSize: number
}

/** All resources of an endpoint, page by page, by cursors where the provider has them; fails unless it gives as many as it says. */
export function readList(
  asking: Asking,
  path: string,
  filter: string | undefined,
): AsyncGenerator<readonly JsonMembers[]> {
  const query = { count: `${asking.pageSize}`, ...(filter === undefined ? {} : { filter }) }
  return readPages({
    shown: shownUrl(urlBelow(asking.options, path)),
    idOf: ({ id }) => {
      if (typeof id === 'string' && id !== '') return id
      throw malformed(asking, path, 'a resource without an "id"')
    },
    read: ({ taken, cursor = '' }) =>
      readPage(asking, path, { ...query, ...(asking.abilities.cursors ? { cursor } : { startIndex: `${taken + 1}` }) }),
  })
}

/** Asks for the number of resources alone. */
export async function askForNobody(asking: Asking, path: string): Promise<void> {
  await readPage(asking, path, { count: '0' })
}

/** Fails where the provider says that it cannot filter. */
export function requireFilters({ abilities, options }: Asking): void {
  if (abilities.filters) return
  throw failed(
    'SOURCE_REFUSED',
    shownUrl(urlBelow(options, '/Users')),
    'it cannot filter, so "select" must be left out',
  )
}

/** The error of an answer that is no list of the endpoint. */
export function malformed({ options }: Asking, path: string, what: string): Error {
  const shown = shownUrl(urlBelow(options, path))
  return failed('SOURCE_ANSWER_WRONG', shown, `a SCIM list was expected, and it gives ${what}`)
}

async function readPage(asking: Asking, path: string, query: Readonly<Record<string, string>>): Promise<ListPage> {
  const { reader, options, signal, abilities } = asking
  const body = await readJson(reader, { url: urlBelow(options, path, query), accept: scimTypes, signal })
  const wrong = (what: string): Error => malformed(asking, path, what)
  if (!hasMembers(body)) throw wrong('something else')
  const total = totalOf(body, wrong)
  if (total === undefined && !(abilities.cursors && 'Resources' in body)) throw wrong('a list without "totalResults"')
  const items = asObjects(body['Resources'] ?? [])
  if (items === undefined) throw wrong('"Resources" that are no list of objects')
  return { items, total, next: abilities.cursors ? nextOf(body, wrong) : 'by number' }
}

function totalOf({ totalResults }: JsonMembers, wrong: (what: string) => Error): number | undefined {
  if (totalResults === undefined) return undefined
  if (typeof totalResults === 'number' && Number.isSafeInteger(totalResults)) return totalResults
  throw wrong('"totalResults" that is no number')
}

function nextOf({ nextCursor }: JsonMembers, wrong: (what: string) => Error): ListPage['next'] {
  if (nextCursor === undefined || nextCursor === null || nextCursor === '') return 'end'
  if (typeof nextCursor === 'string') return { cursor: nextCursor }
  throw wrong('"nextCursor" that is no text')
}
