import { count } from '../../core/model/count.ts'
import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import type { System } from '../system/find-system.ts'
import { readWorkerOutput } from '../system/spawn-worker.ts'
import { withState } from '../system/state.ts'
import { withTemporal } from '../system/temporal.ts'

export function resumeCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'resume',
    summary: 'start every workflow that PostgreSQL says is needed',
    description:
      'Starts every workflow that PostgreSQL says is needed, for instance after the Temporal database was lost. Ids are fixed, so running it twice, or beside running workflows, does no harm.',
    examples: [
      ['guildhall resume', 'after the Temporal database was lost'],
      ['guildhall resume --json', 'for a program'],
    ],
  })
  return answerWith<object>(command, shell, async ({ options }) => {
    const system = await withState(shell, options, async (state) => state.system)
    await withTemporal(system, async () => undefined)
    const counts = parseCounts(await readWorkerOutput(shell, 'resume-main', addresses(system)))
    const parts = names.map(([what, one, many]) => count(counts[what], one, many))
    return { json: { resumed: { reconciles: 1, ...counts } }, text: `Resumed: one reconcile, ${parts.join(', ')}` }
  })
}

function addresses({ database = '', temporal = '', namespace, instance }: System): Record<string, string> {
  return {
    DATABASE_URL: database,
    TEMPORAL_ADDRESS: temporal,
    TEMPORAL_NAMESPACE: namespace,
    GUILDHALL_INSTANCE: instance,
  }
}

/** What there may be several of, and how they are called. */
const names = [
  ['holds', 'hold', 'holds'],
  ['facilities', 'propagation', 'propagations'],
  ['deliveries', 'delivery', 'deliveries'],
  ['clocks', 'clock', 'clocks'],
  ['bans', 'ban', 'bans'],
  ['delegations', 'delegation', 'delegations'],
  ['applications', 'application', 'applications'],
  ['invitations', 'invitation', 'invitations'],
  ['reviews', 'review', 'reviews'],
  ['syncs', 'sync', 'syncs'],
] as const

type Counts = Readonly<Record<(typeof names)[number][0], number>>

function parseCounts(output: string): Counts {
  const parsed: unknown = JSON.parse(output)
  if (isCounts(parsed)) return parsed
  throw new GuildhallError('UNEXPECTED', 'Cannot tell what was resumed; `guildhall status` shows where things stand')
}

function isCounts(parsed: unknown): parsed is Counts {
  const given: Readonly<Record<string, unknown>> = typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  return names.every(([what]) => typeof given[what] === 'number')
}
