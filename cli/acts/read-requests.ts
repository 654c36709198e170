import { isDay } from '../../core/lifecycle/calendar.ts'
import { showValue } from '../../core/model/show-value.ts'
import type { ActOn, DeclineOn } from '../../store/index.ts'
import { isRef } from '../lines/identity.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import { readReasoned } from '../lines/read-reasoned.ts'
import { expectedWords, isWords } from '../lines/words.ts'
import { requireIdentity } from './require-identity.ts'

/** Checks identities as they stand on the command line. */
export function requestsOf(users: readonly string[], expires: string | null | undefined): ActOn[] {
  for (const user of users) requireIdentity(user, 'act on')
  return users.map((user) => (expires === undefined ? { user } : { user, expires }))
}

/** What a line may say, and what holds of lines that do not say it. */
export interface ActLines {
  /** Whether a date may or must be given, or makes no sense. */
  readonly date: 'may' | 'must' | undefined
  readonly expires: string | null | undefined
  readonly reason: string | undefined
  readonly mustReason: boolean
}

/** Reads whom to act on from standard input, an object a line; nothing is done where one of them cannot be read. */
export async function readRequests(input: AsyncIterable<Uint8Array>, lines: ActLines): Promise<ActOn[]> {
  const isDated = lines.date !== undefined
  const keys = ['user', 'reason', ...(isDated ? ['expires'] : [])]
  const form = isDated
    ? 'expected an object such as {"user": "idp/ada"} or {"user": "idp/ada", "expires": "2027-01-31", "reason": "visiting"}'
    : 'expected an object such as {"user": "idp/ada"} or {"user": "idp/ada", "reason": "left the institute"}'
  return readObjects(input, { form, keys, read: (line) => readRequest(line, lines) })
}

/** Reads people of whom nothing but their identity is asked, an object a line. */
export async function readUsers(input: AsyncIterable<Uint8Array>): Promise<string[]> {
  const requests = await readObjects(input, {
    ...{ form: userForm, keys: ['user'], read: (line) => readRequest(line, nothing) },
  })
  return requests.map(({ user }) => user)
}

const userForm = 'expected an object such as {"user": "idp/ada"}'
const nothing = { date: undefined, expires: undefined, reason: undefined, mustReason: false } as const

/** Reads who declines notices, an object a line. */
export async function readDeclinings(input: AsyncIterable<Uint8Array>): Promise<DeclineOn[]> {
  return readReasoned(input, { form: userForm, keys: ['user'], read: (line) => readRequest(line, nothing) })
}

/** A request, or what is wrong with the line. */
function readRequest({ user, ...said }: LineObject, lines: ActLines): ActOn | string {
  if (!isRef(user)) return `user: expected an identity such as "idp/ada", got ${shown(user)}`
  const { reason, expires = lines.expires } = said
  if (!isReason(reason, lines)) return expectedWords('reason', expectedReason(lines), reason)
  if (!isEnd(expires, lines)) return `expires: ${expectedEnd(lines)}, got ${shown(expires)}`
  return { user, ...(expires === undefined ? {} : { expires }), ...(reason === undefined ? {} : { reason }) }
}

function shown(value: unknown): string {
  return showValue(value ?? null)
}

function isReason(value: unknown, { reason: usual, mustReason }: ActLines): value is string | undefined {
  if (value === undefined) return !mustReason || usual !== undefined
  return isWords(value)
}

function expectedReason({ mustReason }: ActLines): string {
  return `expected words such as "left the institute"${mustReason ? ', here or by `--reason` for all' : ''}`
}

function isEnd(value: unknown, { date }: ActLines): value is string | null | undefined {
  if (value === undefined) return date !== 'must'
  return value === null || (typeof value === 'string' && isDay(value))
}

function expectedEnd({ date }: ActLines): string {
  const elsewhere = date === 'must' ? ', here or by `--expires` or `--never` for all' : ''
  return `expected a day such as "2027-01-31", or null${elsewhere}`
}
