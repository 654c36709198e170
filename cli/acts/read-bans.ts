import { isDay, type Day } from '../../core/lifecycle/calendar.ts'
import { showValue } from '../../core/model/show-value.ts'
import type { BanOn } from '../../store/index.ts'
import { isRef } from '../lines/identity.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import { expectedWords, isWords } from '../lines/words.ts'

/** What holds of lines that do not say it. */
interface Otherwise {
  readonly reason: string | undefined
  readonly until: Day | null
}

/** Reads whom to ban from standard input, an object a line; nothing is done where one of them cannot be read. */
export async function readBans(input: AsyncIterable<Uint8Array>, otherwise: Otherwise): Promise<BanOn[]> {
  return readObjects(input, { form, keys: ['user', 'reason', 'until'], read: (line) => readBan(line, otherwise) })
}

/** Reads whose bans to lift from standard input, an object a line; what a line gives no reason for has the usual one. */
export async function readLiftings(input: AsyncIterable<Uint8Array>, usual: string): Promise<BanOn[]> {
  const keys = ['user', 'reason', ...ends]
  return readObjects(input, { form: liftingForm, keys, read: (line) => readLifting(line, usual) })
}

const form =
  'expected an object such as {"user": "idp/mallory"} or {"user": "idp/mallory", "reason": "abuse", "until": "2027-01-31"}'

/** A ban, or what is wrong with the line. */
function readBan({ user, ...said }: LineObject, otherwise: Otherwise): BanOn | string {
  if (!isRef(user)) return `user: expected an identity such as "idp/mallory", got ${showValue(user ?? null)}`
  const { reason, until } = { ...otherwise, ...said }
  if (!isWords(reason))
    return expectedWords('reason', 'expected words such as "abuse", here or by `--reason` for all', reason)
  if (isEnd(until)) return { user, reason, until }
  return `until: expected a day such as "2027-01-31", or null, got ${showValue(until)}`
}

const liftingForm =
  'expected an object such as {"user": "idp/mallory"} or {"user": "idp/mallory", "reason": "sorted out"}'

/** What people write who want a ban to end another day. */
const ends = ['until', 'expires']

function readLifting({ user, ...said }: LineObject, usual: string): BanOn | string {
  if (!isRef(user)) return `user: expected an identity such as "idp/mallory", got ${showValue(user ?? null)}`
  const end = ends.find((key) => key in said)
  if (end !== undefined)
    return `${end}: a ban is lifted at once; "until" on a line of \`guildhall ban add\` gives it another end`
  const { reason } = said
  if (reason === undefined) return { user, reason: usual, until: null }
  if (isWords(reason)) return { user, reason, until: null }
  return expectedWords('reason', 'expected words such as "sorted out"', reason)
}

function isEnd(value: unknown): value is Day | null {
  return value === null || (typeof value === 'string' && isDay(value))
}
