import type { Finder, LdapConnection, Search } from '../../ldap/connection.ts'
import { LdapFailure } from '../../ldap/failure.ts'
import { longestEntry } from '../../ldap/limits.ts'
import { turnPages } from '../../ldap/turn-pages.ts'
import { bytesOf, readEntry } from './entry.ts'
import type { LdapEntry } from './entry.ts'
import { withAllValues, type Hold } from './ranges.ts'

/** How a search is read. */
export interface Paging {
  readonly pageSize: number
  readonly referrals: 'refuse' | 'ignore'
}

/** Everything that a search finds, a page at a time. */
export async function* readPages(
  connection: LdapConnection,
  search: Search,
  { pageSize, referrals }: Paging,
): AsyncGenerator<readonly LdapEntry[], void> {
  let page = emptyPage()
  const finder: Finder = {
    entry(entry) {
      const read = readEntry(entry)
      page.hold(bytesOf(read), 'make pageSize smaller, or name the attributes that are needed')
      page.entries.push(read)
    },
    reference: (urls) => requireAllowed(referrals, urls),
  }
  for await (const count of turnPages(connection, search, { size: pageSize, finder })) {
    const { entries, hold } = page
    page = emptyPage()
    await completeAll(connection, entries, hold)
    if (count > 0) yield entries
  }
}

function emptyPage(): { readonly entries: LdapEntry[]; readonly hold: Hold } {
  return { entries: [], hold: pageSpace() }
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
