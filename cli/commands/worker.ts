import type { Command } from 'commander'
import { describeCommand, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { runWorkerProcess } from '../system/spawn-worker.ts'

export function workerCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'worker',
    summary: 'run the workers of an installation',
    description:
      'Runs workflows and activities until SIGTERM, against PostgreSQL (DATABASE_URL) and Temporal (TEMPORAL_ADDRESS). Any number of workers may run.',
    examples: [
      [
        'DATABASE_URL=postgres://… TEMPORAL_ADDRESS=temporal:7233 guildhall worker',
        'in production; see docs/operations.md',
      ],
      ['guildhall worker --json', 'for a program: one line with the addresses once it is ready'],
    ],
  })
  return command.action(async () => {
    process.exitCode = await runWorkerProcess(shell, command.opts<CommonOptions>(), { GUILDHALL_ROLES: 'worker' })
  })
}
