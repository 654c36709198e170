import { isDay } from '../../core/lifecycle/calendar.ts'
import { GuildhallError } from '../../core/errors.ts'
import { showValue } from '../../core/model/show-value.ts'
import { isIdentity } from '../../schemas/validate.ts'
import type { ActOn } from '../../store/index.ts'
import { readLines } from '../lines/read-lines.ts'

/** Checks identities as they stand on the command line. */
export function requestsOf(users: readonly string[], expires: string | null | undefined): ActOn[] {
  for (const user of users) {
    if (isIdentity(user)) continue
    throw new GuildhallError('COMMAND_MISUSED', `Cannot act on "${user}": expected an identity such as "idp/ada"`, {
      facts: { identity: user },
    })
  }
  return users.map((user) => (expires === undefined ? { user } : { user, expires }))
}

/** Reads whom to act on from standard input, an object a line; nothing is done where one of them cannot be read. */
export async function readRequests(
  input: AsyncIterable<Uint8Array>,
  expires: string | null | undefined,
): Promise<ActOn[]> {
  const requests: ActOn[] = []
  for await (const { number, text } of readLines(input)) {
    if (text.trim() === '') continue
    const request = readRequest(text)
    if (typeof request === 'string') {
      throw new GuildhallError('LINE_INVALID', `Cannot read line ${number}: ${request}; nothing was done`, {
        facts: { line: number },
      })
    }
    requests.push(expires === undefined || request.expires !== undefined ? request : { ...request, expires })
  }
  return requests
}

const form = 'expected an object such as {"user": "idp/ada"} or {"user": "idp/ada", "expires": "2027-01-31"}'

/** A request, or what is wrong with the line. */
function readRequest(text: string): ActOn | string {
  const value = parseJson(text)
  if (!isObject(value)) return `${form}, got ${showValue(value ?? text.trim())}`
  const { user, expires, ...others } = value
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `${form}, got the key ${showValue(unknown)} too`
  if (typeof user !== 'string' || !isIdentity(user))
    return `user: expected an identity such as "idp/ada", got ${showValue(user ?? null)}`
  if (expires === undefined) return { user }
  if (isDate(expires)) return { user, expires }
  return `expires: expected a day such as "2027-01-31", or null, got ${showValue(expires)}`
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isDate(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && isDay(value))
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
