import { isDay, plus, type Day } from '../lifecycle/calendar.ts'
import { isOneLine } from '../model/one-line.ts'
import { showValue } from '../model/show-value.ts'
import { isAddress } from '../notifications/is-address.ts'
import type { InvitationRequest } from './invitation.ts'

/** Why nobody can be invited like this; stable words. */
export type RequestFault = 'address-invalid' | 'date-invalid' | 'language-invalid' | 'text-invalid'

/** An invitation that may be made, with its day, or what is wrong with what was asked. */
export type JudgedRequest =
  | { readonly allowed: true; readonly until: Day }
  | { readonly allowed: false; readonly reason: RequestFault; readonly message: string }

const usual = { months: 1, days: 0 }
const longest = { months: 12, days: 0 }
const longestAddress = 254
const longestName = 200
const longestMessage = 2_000

/** Judges what is asked for an invitation by itself, on a day of the VO. */
export function judgeRequest(request: InvitationRequest, today: Day): JudgedRequest {
  const { address, language, until } = request
  if (!isAddress(address) || address.length > longestAddress)
    return refused('address-invalid', `expected an address such as "ada@example.org", got ${showValue(address)}`)
  const text = textFault(request)
  if (text !== undefined) return refused('text-invalid', text)
  if (language !== undefined && !/^[A-Za-z]{2,8}(?:[-_][A-Za-z0-9]{1,8})*$/.test(language))
    return refused('language-invalid', `expected a language such as "en" or "cs", got ${showValue(language)}`)
  return judgeDay(until, today)
}

function judgeDay(until: string | undefined, today: Day): JudgedRequest {
  const last = plus(today, longest)
  const day = until ?? plus(today, usual)
  if (isDay(day) && day > today && day <= last) return { allowed: true, until: day }
  return refused('date-invalid', `expected a day after ${today} and up to ${last}, got ${showValue(day)}`)
}

function textFault({ name = '', message = '' }: InvitationRequest): string | undefined {
  if (name.length > longestName || !isOneLine(name))
    return `expected a name of one line and at most ${longestName} characters, got ${showValue(name)}`
  if (message.length <= longestMessage && isOneLine(message.replaceAll(/[\n\t]/g, ' '))) return undefined
  return `expected a message of at most ${longestMessage} characters without control characters, got ${showValue(message)}`
}

function refused(reason: RequestFault, message: string): JudgedRequest {
  return { allowed: false, reason, message }
}
