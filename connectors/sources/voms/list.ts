import { failed } from '../../https/failures.ts'
import { asObjects, hasMembers, readJson, shownUrl } from '../../https/json.ts'
import type { JsonMembers } from '../../https/json.ts'
import { urlBelow } from '../../https/open-reader.ts'
import { pageSizeOf } from '../../https/source.ts'
import type { Asked } from '../../https/source.ts'
import { createTally } from '../../https/tally.ts'

/** Without it, VOMS-Admin takes a request for one that a page of somebody else made a browser send. */
const guard = { 'x-voms-csrf-guard': 'y' }

/** All members of the VO, page by page; fails unless they are as many as VOMS-Admin says. */
export async function* listUsers(
  asked: Asked,
  pageSize = pageSizeOf(asked.options, 100),
): AsyncGenerator<readonly JsonMembers[]> {
  const tally = createTally(shownUrl(urlBelow(asked.options, '/apiv2/users')))
  for (;;) {
    const query = { startIndex: `${tally.count}`, pageSize: `${pageSize}` }
    const url = urlBelow(asked.options, '/apiv2/users', query)
    const { users, count } = readPage(
      await readJson(asked.reader, { url, accept: ['application/json'], headers: guard, signal: asked.signal }),
      url,
    )
    tally.take(
      users.map((user) => idOf(user, url)),
      count,
    )
    if (users.length > 0) yield users
    if (users.length > 0 && tally.count < count) continue
    tally.end(count)
    return
  }
}

function readPage(body: unknown, url: string): { readonly users: readonly JsonMembers[]; readonly count: number } {
  const users = hasMembers(body) ? asObjects(body['result']) : undefined
  const count = hasMembers(body) ? body['count'] : undefined
  if (users !== undefined && typeof count === 'number' && Number.isSafeInteger(count)) return { users, count }
  throw failed('SOURCE_ANSWER_WRONG', shownUrl(url), 'an object with "result" and "count" was expected')
}

function idOf({ id }: JsonMembers, url: string): string {
  if (typeof id === 'number' || typeof id === 'string') return String(id)
  throw failed('SOURCE_ANSWER_WRONG', shownUrl(url), 'it lists somebody without an "id"')
}
