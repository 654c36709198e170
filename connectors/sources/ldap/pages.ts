import { createHash } from 'node:crypto'
import type { LdapConnection, Search } from '../../ldap/connection.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import { longestEntry } from '../../ldap/limits.ts'
import { bytesOf, readEntry } from './entry.ts'
import type { LdapEntry } from './entry.ts'
import { withAllValues, type Hold } from './ranges.ts'

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
    const hold = pageSpace()
    const page = { size: pageSize, ...(cookie !== undefined && { cookie }) }
    const end = await connection.searchPage(search, page, {
      entry(entry) {
        if (entries.length === pageSize)
          throw new LdapFailure('wrong', `it gave a page of more than ${pageSize} entries`)
        const read = readEntry(entry)
        hold(bytesOf(read), 'make pageSize smaller, or name the attributes that are needed')
        entries.push(read)
      },
      reference: (urls) => requireAllowed(referrals, urls),
    })
    if (cookie !== undefined && !end.isPaged) throw new LdapFailure('wrong', 'it stopped giving pages in the middle')
    requireNew(entries)
    await completeAll(connection, entries, hold)
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
    const key = createHash('sha256').update(first.dn).digest('base64url')
    if (firsts.has(key)) throw new LdapFailure('wrong', 'it gave a page again that it had given before')
    firsts.add(key)
  }
}

async function completeAll(connection: LdapConnection, entries: LdapEntry[], hold: Hold): Promise<void> {
  for (const [index, entry] of entries.entries()) entries[index] = await withAllValues(connection, entry, hold)
}

/** In bytes, of what is kept of one page: any entry that comes in one message fits in alone. What is given in ranges may be more. */
const longestPage = longestEntry

/** Fails where what is kept of a page has become too much to hold. */
function pageSpace(): Hold {
  let held = 0
  return (bytes, advice) => {
    held += bytes
    if (held <= longestPage) return
    const limit = `${longestPage / 1024 ** 2} MB`
    throw new LdapFailure('wrong', `the texts of a page take more than ${limit}; ${advice}`)
  }
}

function requireAllowed(referrals: Paging['referrals'], urls: readonly string[]): void {
  if (referrals === 'ignore') return
  const shown = JSON.stringify(urls[0] ?? '')
  throw new LdapFailure(
    'refused',
    `some of it is elsewhere, at ${shown}, which is not asked; choose a base that is here alone, or say referrals: ignore if nobody is missed there`,
  )
}
