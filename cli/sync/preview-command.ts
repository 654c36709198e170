import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { PreviewedChange, SyncEnd } from '../../core/model/answers.ts'
import { count } from '../../core/model/count.ts'
import type { GuardReason } from '../../core/model/plan.ts'
import type { SyncedPlace } from '../../core/model/sync-place.ts'
import { skipName } from '../../core/sources/skip-name.ts'
import { answerWith, describeCommand, type Answer } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Shell } from '../shell.ts'
import { homeOf } from '../system/find-system.ts'
import { readWorkerOutput } from '../system/spawn-worker.ts'
import { withState } from '../system/state.ts'
import { renderTable } from '../text/table.ts'
import { findSyncs, nameOf, placesOf, withPlaceOptions, type PlaceOptions } from './places.ts'

/** What a run would come to, as the worker's program prints it. */
interface Preview extends SyncedPlace {
  /** Whether it is about who is in the place; else about the groups below it. */
  readonly fills: boolean
  readonly isFrozen: boolean
  readonly result: {
    readonly outcome: SyncEnd
    readonly subjects: number
    readonly skipped: readonly {
      readonly reason: string
      /** Of a value: its attribute, or `groups`. */
      readonly of?: string
      readonly count: number
      readonly identities: readonly string[]
    }[]
    readonly reasons?: readonly GuardReason[]
    readonly error?: string
  }
  readonly changes: readonly PreviewedChange[]
}

type Output =
  | { readonly previews: readonly Preview[] }
  | { readonly error: { readonly code: GuildhallError['code']; readonly message: string } }

/** Makes `guildhall sync preview`. */
export function previewCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'preview',
    arguments: '<source>',
    summary: 'tell what a run would do, without doing it',
    description:
      'Reads a source and tells who would join, change and leave, who would be left out and why, and what the guard would say. Nothing is written. It reads from this machine, with its secrets and files.',
    examples: [
      ['guildhall sync preview hr', 'of everything that is synced from it'],
      ['guildhall sync preview hr --vo astro --group staff --json', 'of one group, for a program'],
    ],
    exitCodes: { 1: 'error, or a source that does not give everybody', 3: 'a run would be held' },
  })
  return answerWith<PlaceOptions>(withPlaceOptions(command), shell, async ({ arguments: [source = ''], options }) => {
    const { places, database } = await withState(shell, options, async (state) => ({
      places: placesOf(await findSyncs(state, source, options)),
      database: state.system.database ?? '',
    }))
    const output = await readWorkerOutput(shell, 'sync-preview-main', {
      ...{ DATABASE_URL: database, GUILDHALL_HOME: homeOf(shell, options), GUILDHALL_PREVIEW: JSON.stringify(places) },
    })
    return answer(parse(output))
  })
}

function parse(output: string): readonly Preview[] {
  const parsed: unknown = JSON.parse(output)
  if (!isOutput(parsed)) throw new GuildhallError('UNEXPECTED', 'Cannot tell what a run would come to')
  if ('previews' in parsed) return parsed.previews
  throw new GuildhallError(parsed.error.code, parsed.error.message)
}

/** The worker's program is of the same version as we. */
function isOutput(parsed: unknown): parsed is Output {
  return parsed instanceof Object && ('previews' in parsed || 'error' in parsed)
}

function answer(previews: readonly Preview[]): Answer {
  const shown = previews.map(({ source, vo, group, fills, isFrozen, result, changes }) => ({
    ...{ source, vo, group: group ?? null, fills, isFrozen, outcome: result.outcome, subjects: result.subjects },
    ...{ changes, skipped: result.skipped, reasons: result.reasons ?? [], error: result.error ?? null },
  }))
  return { json: { previews: shown }, text: previews.map(render).join('\n\n'), exitCode: exitCodeOf(previews) }
}

function render(preview: Preview): string {
  const { result, changes, isFrozen } = preview
  const rows = changes.map(({ action, user, group: into, expires, from }) => [
    action,
    user ?? '',
    into ?? '',
    from !== undefined ? `was ${from}` : expires === null ? '' : `until ${expires}`,
  ])
  const skipped = result.skipped.map(({ count: many, identities, ...left }) => {
    const more = many > identities.length ? [`${many - identities.length} more`] : []
    return `skipped, ${skipName(left)}: ${[...identities, ...more].join(', ')}`
  })
  return [
    `${nameOf(preview)}: ${verdict(preview)}`,
    ...(isFrozen ? ['It is frozen: nothing is run until `guildhall freeze --lift` lets it go on.'] : []),
    ...(rows.length === 0 ? [] : [renderTable(['', 'WHO', 'GROUP', ''], rows)]),
    ...skipped,
    ...(result.reasons ?? []).map(({ message }) => message),
  ].join('\n')
}

function verdict({ fills, result: { outcome, subjects, error = '' }, changes }: Preview): string {
  const read = `${fills ? count(subjects, 'person', 'people') : count(subjects, 'group')} read`
  const nothing = fills ? 'nobody would change' : 'no group would change'
  return {
    changed: `${read}; ${countsOf(changes, fills)}; the guard lets it pass`,
    unchanged: `${read}; nothing to change`,
    held: `${read}; ${countsOf(changes, fills)}; it would be held`,
    incomplete: `${read}; the source did not name everybody: ${nothing}`,
    failed: `${nothing}: ${error}`,
  }[outcome]
}

function countsOf(changes: readonly PreviewedChange[], fills: boolean): string {
  const many = (action: PreviewedChange['action']) => changes.filter((change) => change.action === action).length
  if (!fills) return `${many('make')} groups would be made, ${many('alter')} changed, ${many('remove')} removed`
  return `${many('join')} would join, ${many('change')} change, ${many('leave')} leave`
}

function exitCodeOf(previews: readonly Preview[]): number {
  const outcomes = previews.map(({ result }) => result.outcome)
  if (outcomes.some((outcome) => ['failed', 'incomplete'].includes(outcome))) return exitCodes.error
  return outcomes.includes('held') ? exitCodes.held : exitCodes.done
}
