import { Command } from 'commander'
import { decideCommand } from '../reviews/decide-command.ts'
import { cancelCommand, closeCommand } from '../reviews/ending-commands.ts'
import { listCommand, showCommand } from '../reviews/listing-commands.ts'
import { startCommand } from '../reviews/start-command.ts'
import type { Shell } from '../shell.ts'

/** Makes `guildhall review`. */
export function reviewCommand(shell: Shell): Command {
  return new Command('review')
    .summary('ask whether people still need what they have')
    .description('Asks reviewers whether people still need their memberships, and ends those they do not.')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  guildhall review list --waiting-for idp/ada  what she has to decide')
    .addCommand(startCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
    .addCommand(decideCommand(shell))
    .addCommand(closeCommand(shell))
    .addCommand(cancelCommand(shell))
}
