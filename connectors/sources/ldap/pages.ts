import type { LdapConnection, Search } from '../../ldap/connection.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import { readEntry } from './entry.ts'
import type { LdapEntry } from './entry.ts'
import { withAllValues } from './ranges.ts'

/** How a search is read. */
export interface Paging {
  readonly pageSize: number
  readonly referrals: 'refuse' | 'ignore'
}

/** A directory that goes on with pages on which there is nothing is not waited for longer. */
const mostEmptyPages = 1_000

/**
 * Everything that a search finds, a page at a time. That a page is empty, or shorter than was asked for, says nothing: the last one is
 * the one without a cookie.
 */
export async function* readPages(
  connection: LdapConnection,
  search: Search,
  { pageSize, referrals }: Paging,
): AsyncGenerator<readonly LdapEntry[], void> {
  let cookie: Buffer | undefined
  const requireNew = pageWatch()
  for (;;) {
    const entries: LdapEntry[] = []
    const page = { size: pageSize, ...(cookie !== undefined && { cookie }) }
    const end = await connection.searchPage(search, page, {
      entry(entry) {
        if (entries.length === pageSize)
          throw new LdapFailure('wrong', `it gave a page of more than ${pageSize} entries`)
        entries.push(readEntry(entry))
      },
      reference: (urls) => requireAllowed(referrals, urls),
    })
    if (cookie !== undefined && !end.isPaged) throw new LdapFailure('wrong', 'it stopped giving pages in the middle')
    requireNew(entries)
    await completeAll(connection, entries)
    if (entries.length > 0) yield entries
    if (end.cookie === undefined) return
    cookie = end.cookie
  }
}

/** Fails where pages lead nowhere. Their cookies do not tell: some directories give the same one for every page. */
function pageWatch(): (entries: readonly LdapEntry[]) => void {
  const firsts = new Set<string>()
  let emptyPages = 0
  return ([first]) => {
    emptyPages = first === undefined ? emptyPages + 1 : 0
    if (emptyPages > mostEmptyPages) throw new LdapFailure('wrong', `it gave ${mostEmptyPages} empty pages`)
    if (first === undefined) return
    if (firsts.has(first.dn)) throw new LdapFailure('wrong', 'it gave a page again that it had given before')
    firsts.add(first.dn)
  }
}

async function completeAll(connection: LdapConnection, entries: LdapEntry[]): Promise<void> {
  for (const [index, entry] of entries.entries()) entries[index] = await withAllValues(connection, entry)
}

function requireAllowed(referrals: Paging['referrals'], urls: readonly string[]): void {
  if (referrals === 'ignore') return
  const shown = JSON.stringify(urls[0] ?? '')
  throw new LdapFailure(
    'refused',
    `some of it is elsewhere, at ${shown}, which is not asked; choose a base that is here alone, or say referrals: ignore if nobody is missed there`,
  )
}
