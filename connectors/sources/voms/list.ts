import { failed } from '../../https/failures.ts'
import { asObjects, hasMembers, readJson } from '../../https/json.ts'
import type { JsonMembers } from '../../https/json.ts'
import { readPages } from '../../https/list.ts'
import type { ListPage } from '../../https/list.ts'
import { urlBelow } from '../../https/open-reader.ts'
import { pageSizeOf } from '../../https/source.ts'
import type { Asked } from '../../https/source.ts'
import { shownUrl } from '../../https/shown-url.ts'

const path = '/apiv2/users'

/** Without it, VOMS-Admin takes a request for one that a page of somebody else made a browser send. */
const guard = { 'x-voms-csrf-guard': 'y' }

/** All members of the VO, page by page; fails unless they are as many as VOMS-Admin says. */
export function listUsers(
  asked: Asked,
  pageSize = pageSizeOf(asked.options, 100),
): AsyncGenerator<readonly JsonMembers[]> {
  const wrong = (reason: string): Error =>
    failed('SOURCE_ANSWER_WRONG', shownUrl(urlBelow(asked.options, path)), reason)
  return readPages({
    shown: shownUrl(urlBelow(asked.options, path)),
    idOf: (user) => {
      const fault = faultOf(user)
      if (fault === undefined) return String(user['id'])
      throw wrong(`it lists somebody ${fault}`)
    },
    read: async ({ taken }) => {
      const url = urlBelow(asked.options, path, { startIndex: `${taken}`, pageSize: `${pageSize}` })
      const request = { url, accept: ['application/json'], headers: guard, signal: asked.signal }
      const page = pageOf(await readJson(asked.reader, request))
      if (page !== undefined) return page
      throw wrong('an object with "result" and "count" was expected')
    },
  })
}

function pageOf(body: unknown): ListPage | undefined {
  const items = hasMembers(body) ? asObjects(body['result']) : undefined
  const total = hasMembers(body) ? body['count'] : undefined
  if (items === undefined || typeof total !== 'number' || !Number.isSafeInteger(total)) return undefined
  return { items, total, next: 'by number' }
}

/** What of a member cannot be understood; taken for nothing, it would take certificates or groups away. */
function faultOf({ id, certificates, fqans }: JsonMembers): string | undefined {
  if (!Number.isSafeInteger(id) && (typeof id !== 'string' || id === '')) return 'without an "id"'
  const listed: unknown = fqans ?? []
  if (!Array.isArray(listed) || !listed.every((fqan) => typeof fqan === 'string'))
    return `(${String(id)}) with "fqans" that are no list of texts`
  if (asObjects(certificates ?? [])?.every(isCertificate) === true) return undefined
  return `(${String(id)}) with "certificates" that are no list of certificates`
}

function isCertificate({ subjectString, issuerString }: JsonMembers): boolean {
  return [subjectString, issuerString].every((text) => typeof text === 'string' && text !== '')
}
