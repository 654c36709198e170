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
    const { holds, facilities, deliveries } = parseCounts(
      await readWorkerOutput(shell, 'resume-main', addresses(system)),
    )
    const parts = [count(holds, 'hold'), count(facilities, 'propagation'), count(deliveries, 'delivery', 'deliveries')]
    const text = `Resumed: one reconcile, ${parts.join(', ')}`
    return { json: { resumed: { reconciles: 1, holds, facilities, deliveries } }, text }
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

interface Counts {
  readonly holds: number
  readonly facilities: number
  readonly deliveries: number
}

function parseCounts(output: string): Counts {
  const parsed: unknown = JSON.parse(output)
  const counts: Readonly<Record<string, unknown>> = typeof parsed === 'object' && parsed !== null ? { ...parsed } : {}
  const { holds, facilities, deliveries } = counts
  if (typeof holds === 'number' && typeof facilities === 'number' && typeof deliveries === 'number') {
    return { holds, facilities, deliveries }
  }
  throw new GuildhallError('UNEXPECTED', 'Cannot tell what was resumed; `guildhall status` shows where things stand')
}
