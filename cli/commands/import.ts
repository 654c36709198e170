import { Command } from 'commander'
import { csvCommand } from '../import/csv-command.ts'
import { ldifCommand } from '../import/ldif-command.ts'
import { peribolosCommand } from '../import/peribolos-command.ts'
import { perunCommand } from '../import/perun-command.ts'
import type { Shell } from '../shell.ts'

/** Makes `guildhall import`. */
export function importCommand(shell: Shell): Command {
  return new Command('import')
    .summary('make a configuration repository of what another system has')
    .description(
      'Makes a configuration repository of what another system has, and tells what was not taken. Needs no running system.',
    )
    .helpCommand(false)
    .addHelpText(
      'after',
      '\nExamples:\n  guildhall import peribolos org.yaml --to config  the organisations of a GitHub',
    )
    .addCommand(peribolosCommand(shell))
    .addCommand(csvCommand(shell))
    .addCommand(ldifCommand(shell))
    .addCommand(perunCommand(shell))
}
