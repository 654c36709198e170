import type { Command } from 'commander'
import { asOption } from '../acts/acting-as.ts'
import { requireIdentity } from '../acts/require-identity.ts'
import { splitGroup } from '../acts/split-group.ts'
import { named, type CommonOptions } from '../command.ts'

/** How people are invited, whoever they are. */
export interface InviteOptions extends CommonOptions {
  readonly preApproved?: boolean
  readonly as?: string
  readonly reason?: string
}

/** Adds the options by which people are invited. */
export function withInviteOptions(command: Command): Command {
  return command
    .option('--pre-approved', 'the invitation counts as your approval, if you may approve when it is accepted')
    .addOption(asOption())
    .option('--reason <text>', 'why, for whoever asks later', named('a reason'))
}

/** What people are invited to, and by whom. */
export function readInviting(target: string, { preApproved, as, reason }: InviteOptions) {
  if (as !== undefined) requireIdentity(as)
  return {
    ...(target.includes('/') ? splitGroup(target) : { vo: target }),
    ...(preApproved !== undefined && { preApproved }),
    ...(as !== undefined && { as }),
    ...(reason !== undefined && { reason }),
  }
}
