import { Command } from 'commander'
import type { Shell } from '../shell.ts'
import { previewCommand } from '../sync/preview-command.ts'
import { runCommand } from '../sync/run-command.ts'
import { statusCommand } from '../sync/status-command.ts'

/** Makes `guildhall sync`. */
export function syncCommand(shell: Shell): Command {
  return new Command('sync')
    .summary('read sources, and see what came of it')
    .description('Reads the systems outside that name members, and tells what came of it.')
    .helpCommand(false)
    .addHelpText('after', '\nExamples:\n  guildhall sync status  what is synced from where, and how it went')
    .addCommand(runCommand(shell))
    .addCommand(statusCommand(shell))
    .addCommand(previewCommand(shell))
}
