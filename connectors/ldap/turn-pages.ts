import { createHash } from 'node:crypto'
import type { Finder, LdapConnection, Search } from './connection.ts'
import { LdapFailure } from './failure.ts'

/** A directory that goes on with pages on which there is nothing is not waited for longer. */
const mostEmptyPages = 1_000

/** How many entries a page may have, and what takes them in. */
export interface Turning {
  readonly size: number
  readonly finder: Finder
}

/**
 * Asks for one page of a search after the other, and gives how many entries were on it. That a page is empty, or shorter than was asked
 * for, says nothing: the last one is the one without a cookie.
 */
export async function* turnPages(
  connection: LdapConnection,
  search: Search,
  { size, finder }: Turning,
): AsyncGenerator<number, void> {
  let cookie: Buffer | undefined
  const requireNew = pageWatch()
  for (;;) {
    let first: Buffer | undefined
    let count = 0
    const page = { size, ...(cookie !== undefined && { cookie }) }
    const end = await connection.searchPage(search, page, {
      entry(entry) {
        first ??= entry.name
        count += 1
        if (count > size) throw new LdapFailure('wrong', `it gave a page of more than ${size} entries`)
        finder.entry(entry)
      },
      reference: (urls) => finder.reference(urls),
    })
    if (cookie !== undefined && !end.isPaged) throw new LdapFailure('wrong', 'it stopped giving pages in the middle')
    requireNew(first)
    yield count
    if (end.cookie === undefined) return
    cookie = end.cookie
  }
}

/** Fails where pages lead nowhere. Their cookies do not tell: some directories give the same one for every page. */
function pageWatch(): (first: Buffer | undefined) => void {
  const firsts = new Set<string>()
  let emptyPages = 0
  return (first) => {
    emptyPages = first === undefined ? emptyPages + 1 : 0
    if (emptyPages > mostEmptyPages) throw new LdapFailure('wrong', `it gave ${mostEmptyPages} empty pages`)
    if (first === undefined) return
    const key = createHash('sha256').update(first).digest('base64url')
    if (firsts.has(key)) throw new LdapFailure('wrong', 'it gave a page again that it had given before')
    firsts.add(key)
  }
}
