import { isNotThere } from '../../https/failures.ts'
import { hasMembers, readJson } from '../../https/json.ts'
import { urlBelow } from '../../https/open-reader.ts'
import type { Asked } from '../../https/source.ts'

/** What a provider says of itself, as far as it bears on reading. */
export interface Abilities {
  readonly filters: boolean
  readonly mostResults: number | undefined
  readonly cursors: boolean
}

/** The media types of SCIM, and the one that many providers use instead. */
export const scimTypes: readonly string[] = ['application/scim+json', 'application/json']

/** Reads what the provider says it can do; where it says nothing, it is taken for one that can filter and page by index. */
export async function readAbilities({ reader, options, signal }: Asked): Promise<Abilities> {
  const url = urlBelow(options, '/ServiceProviderConfig')
  const config = await readJson(reader, { url, accept: scimTypes, signal }).catch((error: unknown) => {
    if (isNotThere(error)) return {}
    throw error
  })
  const filter = memberOf(config, 'filter')
  const mostResults = memberOf(filter, 'maxResults')
  return {
    filters: memberOf(filter, 'supported') !== false,
    mostResults: typeof mostResults === 'number' && mostResults >= 1 ? Math.floor(mostResults) : undefined,
    cursors: memberOf(memberOf(config, 'pagination'), 'cursor') === true,
  }
}

function memberOf(value: unknown, member: string): unknown {
  return hasMembers(value) ? value[member] : undefined
}
