import { resolve } from 'node:path'
import type { Command } from 'commander'
import { describeCommand, named, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { runWorkerProcess } from '../system/spawn-worker.ts'

interface DevOptions extends CommonOptions {
  readonly config?: string
}

export function devCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'dev',
    summary: 'run everything on this machine: PostgreSQL, Temporal, worker and API',
    description:
      'Runs everything on this machine until Ctrl-C: PostgreSQL, a Temporal server with its UI, worker and API, on free ports, with all state in the home folder. Without --config it makes a git repository out of the sample organisation.',
    examples: [
      ['guildhall dev', 'with the sample organisation, in .guildhall'],
      ['guildhall dev --home /tmp/hall --config ~/our-hall', 'another home, another git repository'],
      ['guildhall dev --json', 'for a program: one line with the addresses once it is ready'],
    ],
  }).option(
    '--config <repo>',
    'git repository of the configuration: a folder or an address',
    named('a folder or an address'),
  )
  return command.action(async () => {
    const options = command.opts<DevOptions>()
    const repo = options.config === undefined ? {} : { GUILDHALL_CONFIG: place(shell, options.config) }
    process.exitCode = await runWorkerProcess(shell, options, {
      GUILDHALL_MODE: 'dev',
      GUILDHALL_ROLES: 'api,worker',
      ...repo,
    })
  })
}

function place(shell: Shell, repo: string): string {
  return /^[a-z+]+:\/\//.test(repo) || /^[\w.-]+@[\w.-]+:/.test(repo) ? repo : resolve(shell.cwd, repo)
}
