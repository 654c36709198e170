import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import { answerWith, describeCommand, named, type Answer, type CommonOptions } from '../command.ts'
import type { Shell } from '../shell.ts'
import { homeOf } from '../system/find-system.ts'
import { readWorkerOutput } from '../system/spawn-worker.ts'
import { withState } from '../system/state.ts'

interface PlaceOptions extends CommonOptions {
  readonly facility?: string
  readonly service?: string
  readonly destination?: string
}

type Kind = 'missing' | 'different' | 'surplus' | 'foreign'

/** How a destination differs from the newest snapshot, as the worker's program prints it. */
type DryRun = { readonly facility: string; readonly service: string; readonly destination: string } & (
  | {
      readonly kind: 'observed'
      readonly generation: number
      /** Of what is installed; null where nothing is. */
      readonly there: number | null
      readonly observation: {
        readonly same: number
        readonly counts: Readonly<Record<Kind, number>>
        readonly drifts: readonly { readonly kind: Kind; readonly name: string }[]
      }
    }
  | { readonly kind: 'no-snapshot' }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string }
)

/** What a delivery would do about each kind. */
const verbs: Readonly<Record<Kind, string>> = {
  missing: 'would be added',
  different: 'would be changed',
  surplus: 'would be removed',
  foreign: 'is not ours',
}
const kinds = ['missing', 'different', 'surplus', 'foreign'] as const

/** Makes `guildhall deliveries dry-run`. */
export function dryRunCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'dry-run',
    summary: 'tell what a delivery would add, change and remove, without making it',
    description:
      'Holds what is at destinations against the newest snapshots, and tells what a delivery would add, change and remove, and what somebody else made there. Nothing is written. It looks from this machine, with its secrets and folders.',
    examples: [
      ['guildhall deliveries dry-run --facility hpc', 'of everything that goes there'],
      ['guildhall deliveries dry-run --facility hpc --service passwd --json', 'of one service, for a program'],
    ],
    exitCodes: {
      1: 'error, or a destination that could not be looked at',
      2: 'something differs',
    },
  })
    .option('--facility <name>', 'only this facility', named('a name'))
    .option('--service <name>', 'only this service', named('a name'))
    .option('--destination <name>', 'only destinations of this name', named('a name'))
  return answerWith<PlaceOptions>(command, shell, async ({ options }) => {
    const { facility, service, destination } = options
    const filter = { ...(facility && { facility }), ...(service && { service }), ...(destination && { destination }) }
    const { lines, database } = await withState(shell, options, async ({ store, pool, system }) => ({
      lines: await store.listDeliveries(pool, filter),
      database: system.database ?? '',
    }))
    if (lines.length === 0)
      throw new GuildhallError('OBJECT_UNKNOWN', 'Cannot look at anything: nothing of this goes to a destination')
    const keys = lines.map((line) => ({
      facility: line.facility,
      service: line.service,
      destination: line.destination,
    }))
    const variables = { DATABASE_URL: database, GUILDHALL_HOME: homeOf(shell, options) }
    const output = await readWorkerOutput(shell, 'dry-run-main', {
      ...variables,
      GUILDHALL_DRY_RUN: JSON.stringify(keys),
    })
    return answer(parse(output))
  })
}

function parse(output: string): readonly DryRun[] {
  const parsed: unknown = JSON.parse(output)
  if (isOutput(parsed)) return parsed
  throw new GuildhallError('UNEXPECTED', 'Cannot tell what is at the destinations')
}

/** The worker's program is of the same version as we. */
function isOutput(parsed: unknown): parsed is readonly DryRun[] {
  return Array.isArray(parsed)
}

function answer(runs: readonly DryRun[]): Answer {
  const isFailed = runs.some(({ kind }) => kind === 'failed')
  const differs = runs.some((one) => one.kind === 'observed' && countOurs(one.observation.counts) > 0)
  return { json: { deliveries: runs }, text: runs.map(render).join('\n'), exitCode: isFailed ? 1 : differs ? 2 : 0 }
}

/** What a delivery would do something about: it leaves alone what somebody else made. */
function countOurs({ missing, different, surplus }: Readonly<Record<Kind, number>>): number {
  return missing + different + surplus
}

function render(run: DryRun): string {
  const place = `${run.service} of ${run.facility} to ${run.destination}`
  switch (run.kind) {
    case 'no-snapshot':
      return `${place}: there is no snapshot yet`
    case 'failed':
      return `${place}: could not be looked at: ${run.code}: ${run.reason}`
    case 'observed':
      return [`${place}: ${verdict(run)}`, ...driftLines(run.observation)].join('\n')
  }
}

function verdict({
  generation,
  there,
  observation: { same, counts },
}: Extract<DryRun, { readonly kind: 'observed' }>): string {
  const at = there === null ? 'nothing is installed' : `generation ${there} is installed`
  const parts = kinds.flatMap((kind) => (counts[kind] === 0 ? [] : [`${counts[kind]} ${plural(kind, counts[kind])}`]))
  return `${at} of ${generation}; ${[`${same} as it should be`, ...parts].join(', ')}`
}

function plural(kind: Kind, many: number): string {
  return kind === 'foreign' && many > 1 ? 'are not ours' : verbs[kind]
}

function driftLines({ counts, drifts }: Extract<DryRun, { readonly kind: 'observed' }>['observation']): string[] {
  return kinds.flatMap((kind) => {
    const shown = drifts.filter((drift) => drift.kind === kind).map(({ name }) => `  ${name} ${verbs[kind]}`)
    const more = counts[kind] - shown.length
    return more > 0 ? [...shown, `  and ${more} more`] : shown
  })
}
