import { GuildhallError } from '../../core/errors.ts'
import { showValue } from '../../core/model/show-value.ts'
import type { TransferOn } from '../../store/index.ts'
import { isRef } from '../lines/identity.ts'
import type { LineObject } from '../lines/read-objects.ts'
import { readReasoned } from '../lines/read-reasoned.ts'
import { requireIdentity } from './require-identity.ts'

/** Checks whose guests go to whom as it stands on the command line: without guests all of them. */
export function transfersOf([sponsor = '', to, ...guests]: readonly string[], vo: string | undefined): TransferOn[] {
  requireIdentity(sponsor)
  if (to === undefined)
    throw new GuildhallError(
      'COMMAND_MISUSED',
      `Cannot pass on guests of "${sponsor}" to nobody: expected who takes over behind it, such as "idp/grace"`,
      { facts: { sponsor } },
    )
  for (const identity of [to, ...guests]) requireIdentity(identity)
  return guests.length === 0 ? [{ sponsor, to, vo }] : guests.map((user) => ({ sponsor, to, user, vo }))
}

/** Reads whose guests go to whom from standard input, an object a line; the VO of the option is that of lines without one. */
export async function readTransfers(input: AsyncIterable<Uint8Array>, vo: string | undefined): Promise<TransferOn[]> {
  const lines = await readReasoned(input, { form, keys: ['user', 'sponsor', 'to', 'vo'], read: readTransfer })
  return lines.map((line) => ({ ...line, vo: line.vo ?? vo }))
}

const form =
  'expected an object such as {"sponsor": "idp/ada", "to": "idp/grace"} or {"sponsor": "idp/ada", "to": "idp/grace", "user": "idp/guest", "vo": "astro"}'

function readTransfer({ user, sponsor, to, vo }: LineObject): TransferOn | string {
  if (!isRef(sponsor)) return `sponsor: expected an identity such as "idp/ada", got ${showValue(sponsor ?? null)}`
  if (!isRef(to)) return `to: expected an identity such as "idp/grace", got ${showValue(to ?? null)}`
  if (user !== undefined && !isRef(user))
    return `user: expected an identity such as "idp/guest", got ${showValue(user)}`
  if (vo === undefined || (typeof vo === 'string' && vo !== '')) return { sponsor, to, user, vo }
  return `vo: expected the name of a VO such as "astro", got ${showValue(vo)}`
}
