import { Command } from 'commander'
import { decidingCommands } from '../applications/deciding-commands.ts'
import { delegateCommand } from '../applications/delegate-command.ts'
import { listCommand, showCommand } from '../applications/listing-commands.ts'
import { submitCommand } from '../applications/submit-command.ts'
import { resendCommand, verifyCommand } from '../applications/verify-commands.ts'
import type { Shell } from '../shell.ts'

/** Makes `guildhall application`. */
export function applicationCommand(shell: Shell): Command {
  const command = new Command('application')
    .summary('apply for memberships, and decide about applications')
    .description('Files applications for memberships of VOs and groups, and decides about them.')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  guildhall application list --waiting-for idp/ada  what she has to decide')
    .addCommand(submitCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
    .addCommand(verifyCommand(shell))
    .addCommand(resendCommand(shell))
  for (const deciding of decidingCommands(shell)) command.addCommand(deciding)
  return command.addCommand(delegateCommand(shell))
}
