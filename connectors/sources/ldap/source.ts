import type { Finder, LdapConnection, Search } from '../../ldap/connection.ts'
import type { LdapFilter } from '../../ldap/filter.ts'
import type { ReadEnd, Source, SourceEnvironment, SourceRecord } from '../../source.ts'
import { pagesOf } from '../../source-records.ts'
import { connectTo } from './connect.ts'
import { explain } from './explain.ts'
import { readGroups } from './groups.ts'
import type { LdapOptions } from './options.ts'
import { readPages } from './pages.ts'
import { recordMaker } from './record.ts'
import { askedFor, searchFor } from './selection.ts'

type Records = AsyncGenerator<readonly SourceRecord[], ReadEnd>

/** People of a directory. */
export function ldapSource(options: LdapOptions, environment: SourceEnvironment): Source {
  const directory = { options, environment }
  return {
    check: ({ signal }) => check(directory, signal),
    subjects: (select, { signal }) => read({ ...directory, signal, search: searchFor(options, select) }),
  }
}

interface Directory {
  readonly options: LdapOptions
  readonly environment: SourceEnvironment
}

interface Reading extends Directory {
  readonly signal: AbortSignal
  readonly search: Search
}

const nobody: Finder = { entry: () => undefined, reference: () => undefined }

const anything: LdapFilter = { kind: 'present', attribute: 'objectClass' }

async function check({ options, environment }: Directory, signal: AbortSignal): Promise<void> {
  const connection = await connectTo(options, environment, signal)
  try {
    for (const base of [options.baseDn, ...(options.groups === undefined ? [] : [options.groups.baseDn])]) {
      const search = { base, scope: 'base', filter: anything, attributes: ['1.1'] } as const
      await connection.search(search, nobody).catch((error: unknown) => {
        throw explain(error, { options, base, signal })
      })
    }
  } finally {
    connection.close()
  }
}

async function* read(reading: Reading): Records {
  const { options, environment, search, signal } = reading
  const connection = await connectTo(options, environment, signal)
  try {
    const count = yield* pagesOf(recordsOf(connection, reading))
    return { complete: true, count }
  } catch (error) {
    throw explain(error, { options, base: search.base, signal })
  } finally {
    connection.close()
  }
}

async function* recordsOf(
  connection: LdapConnection,
  { options, search }: Reading,
): AsyncGenerator<readonly SourceRecord[], void> {
  const groupsOf = options.groups && (await readGroups(connection, options.groups, options))
  const recordOf = recordMaker(askedFor(options))
  for await (const entries of readPages(connection, search, options)) {
    yield entries.map((entry) => recordOf(entry, groupsOf?.(entry)))
  }
}
