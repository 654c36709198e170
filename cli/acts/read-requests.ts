import { isDay } from '../../core/lifecycle/calendar.ts'
import { showValue } from '../../core/model/show-value.ts'
import { isIdentity } from '../../schemas/validate.ts'
import type { ActOn } from '../../store/index.ts'
import { readObjects, type LineObject } from '../lines/read-objects.ts'
import { requireIdentity } from './require-identity.ts'

/** Checks identities as they stand on the command line. */
export function requestsOf(users: readonly string[], expires: string | null | undefined): ActOn[] {
  for (const user of users) requireIdentity(user, 'act on')
  return users.map((user) => (expires === undefined ? { user } : { user, expires }))
}

/** Reads whom to act on from standard input, an object a line; nothing is done where one of them cannot be read. */
export async function readRequests(
  input: AsyncIterable<Uint8Array>,
  expires: string | null | undefined,
): Promise<ActOn[]> {
  const requests = await readObjects(input, { form, keys: ['user', 'expires'], read: readRequest })
  return requests.map((request) =>
    expires === undefined || request.expires !== undefined ? request : { ...request, expires },
  )
}

/** Reads people of whom nothing but their identity is asked, an object a line. */
export async function readUsers(input: AsyncIterable<Uint8Array>): Promise<string[]> {
  const form = 'expected an object such as {"user": "idp/ada"}'
  return (await readObjects(input, { form, keys: ['user'], read: readRequest })).map(({ user }) => user)
}

const form = 'expected an object such as {"user": "idp/ada"} or {"user": "idp/ada", "expires": "2027-01-31"}'

/** A request, or what is wrong with the line. */
function readRequest({ user, expires }: LineObject): ActOn | string {
  if (typeof user !== 'string' || !isIdentity(user))
    return `user: expected an identity such as "idp/ada", got ${showValue(user ?? null)}`
  if (expires === undefined) return { user }
  if (isDate(expires)) return { user, expires }
  return `expires: expected a day such as "2027-01-31", or null, got ${showValue(expires)}`
}

function isDate(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && isDay(value))
}
