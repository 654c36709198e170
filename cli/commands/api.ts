import type { Command } from 'commander'
import { describeCommand, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { runWorkerProcess } from '../system/spawn-worker.ts'

export function apiCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'api',
    summary: 'run the HTTP API of an installation',
    description:
      'Serves the HTTP API until SIGTERM, against PostgreSQL (DATABASE_URL) and Temporal (TEMPORAL_ADDRESS). There is no sign-in yet: what reads people is served on the loopback address only.',
    examples: [
      [
        'DATABASE_URL=postgres://… TEMPORAL_ADDRESS=temporal:7233 guildhall api',
        'in production; see docs/operations.md',
      ],
      ['guildhall api --json', 'for a program: one line with the addresses once it is ready'],
    ],
  })
  return command.action(async () => {
    process.exitCode = await runWorkerProcess(shell, command.opts<CommonOptions>(), { GUILDHALL_ROLES: 'api' })
  })
}
