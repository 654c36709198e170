import { failed } from '../../https/failures.ts'
import { asObjects, hasMembers, readJson, shownUrl } from '../../https/json.ts'
import type { JsonMembers } from '../../https/json.ts'
import { urlBelow } from '../../https/open-reader.ts'
import type { Asked } from '../../https/source.ts'
import { createTally } from '../../https/tally.ts'
import type { Tally } from '../../https/tally.ts'
import { scimTypes } from './abilities.ts'
import type { Abilities } from './abilities.ts'

/** How a provider is asked in one read. */
export interface Asking extends Asked {
  readonly abilities: Abilities
  readonly pageSize: number
}

interface Page {
  readonly resources: readonly JsonMembers[]
  readonly total: number | undefined
  readonly nextCursor: string | undefined
}

/** All resources of an endpoint, page by page, by cursors where the provider has them; fails unless it gives as many as it says. */
export async function* readList(
  asking: Asking,
  path: string,
  filter: string | undefined,
): AsyncGenerator<readonly JsonMembers[]> {
  const query = { count: `${asking.pageSize}`, ...(filter === undefined ? {} : { filter }) }
  const tally = createTally(shownUrl(urlBelow(asking.options, path)))
  yield* asking.abilities.cursors ? byCursor(asking, { path, query, tally }) : byIndex(asking, { path, query, tally })
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

interface Walk {
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly tally: Tally
}

async function* byIndex(asking: Asking, { path, query, tally }: Walk): AsyncGenerator<readonly JsonMembers[]> {
  for (;;) {
    const startIndex = tally.count + 1
    const { resources, total } = await readPage(asking, path, { ...query, startIndex: `${startIndex}` })
    if (total === undefined) throw malformed(asking, path, 'a list without "totalResults"')
    tally.take(idsOf(asking, path, resources), total)
    if (resources.length > 0) yield resources
    if (resources.length > 0 && tally.count < total) continue
    tally.end(total)
    return
  }
}

async function* byCursor(asking: Asking, { path, query, tally }: Walk): AsyncGenerator<readonly JsonMembers[]> {
  let cursor: string | undefined = ''
  let last: number | undefined
  while (cursor !== undefined) {
    const page: Page = await readPage(asking, path, { ...query, cursor })
    tally.take(idsOf(asking, path, page.resources), page.total)
    if (page.resources.length > 0) yield page.resources
    if (page.nextCursor === cursor) throw malformed(asking, path, 'a cursor that leads to itself')
    last = page.total ?? last
    cursor = page.nextCursor
  }
  tally.end(last)
}

async function readPage(asking: Asking, path: string, query: Readonly<Record<string, string>>): Promise<Page> {
  const { reader, options, signal } = asking
  const body = await readJson(reader, { url: urlBelow(options, path, query), accept: scimTypes, signal })
  if (!hasMembers(body)) throw malformed(asking, path, 'something else')
  const { totalResults, nextCursor } = body
  const resources = asObjects(body['Resources'] ?? [])
  if (resources === undefined) throw malformed(asking, path, '"Resources" that are no list of objects')
  if (totalResults !== undefined && !Number.isSafeInteger(totalResults))
    throw malformed(asking, path, '"totalResults" that is no number')
  return {
    resources,
    total: typeof totalResults === 'number' ? totalResults : undefined,
    nextCursor: typeof nextCursor === 'string' && nextCursor !== '' ? nextCursor : undefined,
  }
}

function idsOf(asking: Asking, path: string, resources: readonly JsonMembers[]): readonly string[] {
  return resources.map(({ id }) => {
    if (typeof id === 'string' && id !== '') return id
    throw malformed(asking, path, 'a resource without an "id"')
  })
}

function malformed({ options }: Asking, path: string, what: string): Error {
  const shown = shownUrl(urlBelow(options, path))
  return failed('SOURCE_ANSWER_WRONG', shown, `a SCIM list was expected, and it gives ${what}`)
}
