import { GuildhallError } from '../../core/errors.ts'

const most = 2_147_483_647

/** Reads the number of an invitation. */
export function readInvitationId(text: string): number {
  const id = Number(text)
  if (/^[1-9]\d*$/.test(text) && id <= most) return id
  throw new GuildhallError('COMMAND_MISUSED', `Cannot read invitation "${text}": expected a number such as 12`, {
    facts: { invitation: text },
  })
}
