import { Command } from 'commander'
import { acceptCommand, declineCommand } from '../invitations/answering-commands.ts'
import { changingCommands } from '../invitations/changing-commands.ts'
import { createCommand } from '../invitations/create-command.ts'
import { importCommand } from '../invitations/import-command.ts'
import { listCommand, showCommand } from '../invitations/listing-commands.ts'
import type { Shell } from '../shell.ts'

/** Makes `guildhall invitation`. */
export function invitationCommand(shell: Shell): Command {
  const command = new Command('invitation')
    .summary('invite people by mail to apply')
    .description('Invites people to apply for VOs and groups, by mails with keys that are used once.')
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  guildhall invitation create astro ada@example.org --as idp/grace  to become a member',
    )
    .addCommand(createCommand(shell))
    .addCommand(importCommand(shell))
    .addCommand(listCommand(shell))
    .addCommand(showCommand(shell))
  for (const changing of changingCommands(shell)) command.addCommand(changing)
  return command.addCommand(acceptCommand(shell)).addCommand(declineCommand(shell))
}
