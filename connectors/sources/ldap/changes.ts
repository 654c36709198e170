import { createHash } from 'node:crypto'
import { GuildhallError } from '../../../core/errors.ts'
import type { Search } from '../../ldap/connection.ts'
import type { LdapFilter } from '../../ldap/filter.ts'
import type { LdapEntry } from './entry.ts'

/** A change counts from when it began, and shows once it is over; for so long, at most. */
const overlapMs = 60_000

/** The search for those alone who changed since a read of the same search ended with this cookie. */
export function searchChanged(search: Search, changed: string, cookie: string): Search {
  const [time = '', made = ''] = cookie.split(' ')
  if (momentOf(time) === undefined || made !== hashOf(search)) throw strange()
  const since: LdapFilter = { kind: 'atLeast', attribute: changed, value: time }
  return { ...search, filter: { kind: 'and', filters: [search.filter, since] } }
}

/**
 * From when on a later read has to look: an entry that changed after it was read changed after this read had begun, by the directory's
 * own clock. The newest change seen is no later than the end; so the beginning is no earlier than that less what the read took.
 */
export class NewestChange {
  readonly #changed: string
  readonly #startedMs = performance.now()
  #newest: number | undefined

  constructor(changed: string) {
    this.#changed = changed.toLowerCase()
  }

  see(entries: readonly LdapEntry[]): void {
    for (const { fields } of entries) {
      const moment = momentOf(fields.get(this.#changed)?.values[0] ?? '')
      if (moment !== undefined && moment > (this.#newest ?? -Infinity)) this.#newest = moment
    }
  }

  /** Where the next read goes on, never before where this one did; nothing where no entry tells when it changed. */
  cookie(search: Search, before?: string): string | undefined {
    if (this.#newest === undefined) return before
    const tookMs = performance.now() - this.#startedMs
    const cookie = `${timeOf(this.#newest - tookMs - overlapMs)} ${hashOf(search)}`
    return before !== undefined && before > cookie ? before : cookie
  }
}

function hashOf({ base, scope, filter }: Search): string {
  return createHash('sha256')
    .update(JSON.stringify([base, scope, filter]))
    .digest('base64url')
    .slice(0, 16)
}

const timePattern = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:[.,]\d+)?Z$/

/** The moment of a generalized time (RFC 4517), in whole seconds. */
function momentOf(time: string): number | undefined {
  const [, year, month, day, hour, minute, second] = timePattern.exec(time) ?? []
  const moment = Date.parse(`${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`)
  return Number.isNaN(moment) ? undefined : moment
}

/** Active Directory wants the fraction. */
function timeOf(moment: number): string {
  return `${new Date(moment).toISOString().slice(0, 19).replace(/[-:T]/g, '')}.0Z`
}

function strange(): GuildhallError {
  return new GuildhallError(
    'SOURCE_REFUSED',
    'Cannot read what changed in a directory: the last read was of something else, before the source or what is selected was changed; read everybody once',
  )
}
