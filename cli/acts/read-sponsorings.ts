import { isDay } from '../../core/lifecycle/calendar.ts'
import { GuildhallError } from '../../core/errors.ts'
import { showValue } from '../../core/model/show-value.ts'
import type { SponsorOn } from '../../store/index.ts'
import { isRef } from '../lines/identity.ts'
import type { LineObject } from '../lines/read-objects.ts'
import { readReasoned } from '../lines/read-reasoned.ts'
import { requireIdentity } from './require-identity.ts'

/** What the options say of each guest. */
export interface GivenSponsoring {
  readonly sponsor: string | undefined
  readonly until: string | undefined
}

/** Checks guests as they stand on the command line. */
export function sponsoringsOf(users: readonly string[], { sponsor, until }: GivenSponsoring): SponsorOn[] {
  for (const user of users) requireIdentity(user, 'act on')
  return users.map((user) => {
    if (sponsor !== undefined) return { user, sponsor, until }
    throw new GuildhallError(
      'COMMAND_MISUSED',
      `Cannot tell who answers for "${user}": add \`--sponsor idp/ada\`, or \`--as\` for the sponsor's own act`,
      { facts: { user } },
    )
  })
}

/** Reads guests from standard input, an object a line; what a line does not say, the options do. */
export async function readSponsorings(input: AsyncIterable<Uint8Array>, given: GivenSponsoring): Promise<SponsorOn[]> {
  return readReasoned(input, { form, keys: ['user', 'sponsor', 'until'], read: (line) => readSponsoring(line, given) })
}

const form = 'expected an object such as {"user": "idp/guest", "sponsor": "idp/ada", "until": "2027-01-31"}'

function readSponsoring(line: LineObject, given: GivenSponsoring): SponsorOn | string {
  const { user, sponsor = given.sponsor, until = given.until } = line
  if (!isRef(user)) return `user: expected an identity such as "idp/guest", got ${showValue(user ?? null)}`
  if (!isRef(sponsor))
    return `sponsor: expected an identity such as "idp/ada", here or by \`--sponsor\` for all, got ${showValue(sponsor ?? null)}`
  if (until !== undefined && (typeof until !== 'string' || !isDay(until)))
    return `until: expected a day such as "2027-01-31", got ${showValue(until)}`
  return { user, sponsor, until }
}
