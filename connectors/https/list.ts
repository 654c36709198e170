import { failed } from './failures.ts'
import type { JsonMembers } from './json.ts'
import { createTally } from './tally.ts'
import type { Tally } from './tally.ts'

/** Where in a list a page begins. */
interface PagePlace {
  /** How many came on the pages before. */
  readonly taken: number
  /** What the page before gave for it. */
  readonly cursor: string | undefined
}

/** A page of a list. */
export interface ListPage {
  readonly items: readonly JsonMembers[]
  /** How many there are on all pages together; undefined where the server does not say. */
  readonly total: number | undefined
  /** How it goes on: until there were as many as it says, at a cursor, or not; `whole` is a list that has no pages. */
  readonly next: 'by number' | 'end' | 'whole' | { readonly cursor: string }
}

/** A list that a server gives page by page. */
export interface Listing {
  /** What of its URL may be shown. */
  readonly shown: string
  /** Fails where it is none. */
  readonly idOf: (item: JsonMembers) => string
  readonly read: (place: PagePlace) => Promise<ListPage>
}

/** A server that goes on with pages on which there is nothing is not waited for longer. */
const mostEmptyPages = 1_000

/**
 * All that is listed, page by page; fails unless it is as many as the server says, each of them once. Only a list without pages may
 * name something again.
 */
export async function* readPages({ shown, idOf, read }: Listing): AsyncGenerator<readonly JsonMembers[]> {
  const wrong = (reason: string): Error => failed('SOURCE_ANSWER_WRONG', shown, reason)
  const tally = createTally(shown)
  const follow = cursorFollower(wrong)
  let cursor: string | undefined
  let page: ListPage
  do {
    page = await read({ taken: tally.count, cursor })
    const ids = page.items.map(idOf)
    if (page.next !== 'whole') tally.take(ids, page.total)
    else if (tally.count > 0) throw wrong('after some pages of a list it gives one that has no pages')
    if (page.items.length > 0) yield page.items
    cursor = follow(page)
  } while (goesOn(page, tally))
  tally.end()
}

function goesOn({ items, next }: ListPage, tally: Tally): boolean {
  return next === 'by number' ? items.length > 0 && !tally.isFull : typeof next === 'object'
}

/** Gives the cursor that a page ends with, unless it leads nowhere. */
function cursorFollower(wrong: (reason: string) => Error): (page: ListPage) => string | undefined {
  const followed = new Set<string>()
  let emptyPages = 0
  return ({ items, next }) => {
    if (typeof next !== 'object') return undefined
    if (followed.has(next.cursor)) throw wrong('it gives a cursor that it had given before')
    followed.add(next.cursor)
    emptyPages = items.length === 0 ? emptyPages + 1 : 0
    if (emptyPages > mostEmptyPages) throw wrong(`it gives ${mostEmptyPages} pages without anybody on them`)
    return next.cursor
  }
}
