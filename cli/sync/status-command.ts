import type { Client } from '@temporalio/client'
import type { Command } from 'commander'
import type { ListedSync } from '../../core/model/answers.ts'
import { placeOf, syncId } from '../../core/model/sync-place.ts'
import { answerWith, describeCommand } from '../command.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { withTemporal } from '../system/temporal.ts'
import { renderTable } from '../text/table.ts'
import { unreadLine } from '../text/unread-line.ts'
import { moment } from '../text/words.ts'
import { heldText } from './held-text.ts'
import { skippedText } from './skipped-text.ts'
import { findSyncs, nameOf, withPlaceOptions, type PlaceOptions } from './places.ts'

/** A sync, and when it is due next; null where Temporal does not answer, or knows no time. */
interface DueSync extends ListedSync {
  readonly nextAt: string | null
}

/** Makes `guildhall sync status`. */
export function statusCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'status',
    arguments: '[source]',
    summary: 'list what is synced from where: the last run, what came of it, and the next',
    description:
      'Lists what is synced from where, who is in a place (`members`) and which groups lie below it (`groups`): the last run and what came of it, when the source was last read to the end, and when it is due next. Below that, why something was skipped, what is held and what failed; of one source also failures that are over.',
    examples: [
      ['guildhall sync status', 'everything'],
      ['guildhall sync status hr --vo astro --json', 'of one source and VO, for a program'],
    ],
  })
  return answerWith<PlaceOptions>(withPlaceOptions(command), shell, async ({ arguments: [source], options }) =>
    withState(shell, options, async (state) => {
      const found = await findSyncs(state, source, options)
      const syncs = await withTemporal(state.system, async (client) => withNext(client, found)).catch(() =>
        found.map((sync) => ({ ...sync, nextAt: null })),
      )
      return { json: { syncs }, text: render(syncs, { now: shell.now(), isOfOne: source !== undefined }) }
    }),
  )
}

async function withNext(client: Client, syncs: readonly ListedSync[]): Promise<DueSync[]> {
  const due: DueSync[] = []
  for (const sync of syncs) {
    const handle = client.schedule.getHandle(syncId(placeOf(sync)))
    const [next] = await handle.describe().then(
      ({ info }) => info.nextActionTimes,
      () => [],
    )
    due.push({ ...sync, nextAt: next?.toISOString() ?? null })
  }
  return due
}

interface Rendering {
  readonly now: Date
  /** Whether somebody asked for one source: then failures are told that are over. */
  readonly isOfOne: boolean
}

function render(syncs: readonly DueSync[], { now, isOfOne }: Rendering): string {
  if (syncs.length === 0) return 'Nothing is synced: no VO or group in force has the key `sync` or `structure`.'
  const rows = syncs.map((sync) => [
    nameOf(sync),
    sync.fills ? 'members' : 'groups',
    sync.last === null ? 'never' : moment(sync.last.at),
    sync.last?.outcome ?? '',
    ...countsOf(sync),
    sync.readAt === null ? '–' : moment(sync.readAt),
    sync.nextAt === null ? '–' : moment(sync.nextAt),
  ])
  const headers = [
    'SYNC',
    'OF',
    'LAST RUN',
    'OUTCOME',
    'READ',
    'ADDED',
    'CHANGED',
    'REMOVED',
    'SKIPPED',
    'COMPLETE',
    'NEXT',
  ]
  const lines = syncs.flatMap((sync) => [
    ...skippedLines(sync),
    ...heldLines(sync),
    ...failedLines(sync, isOfOne),
    ...downLines(sync, now),
  ])
  return [renderTable(headers, rows), ...lines].join('\n')
}

function countsOf({ last }: ListedSync): string[] {
  if (last === null) return ['', '', '', '', '']
  const skipped = Object.values(last.skipped).reduce((sum, some) => sum + some, 0)
  return [last.subjects, last.added, last.changed, last.removed, skipped].map(String)
}

function skippedLines({ last, ...sync }: ListedSync): string[] {
  if (last === null || Object.keys(last.skipped).length === 0) return []
  return [`${nameOf(sync)}: ${skippedText(last.skipped)}`]
}

function heldLines({ held, lastComplete, ...sync }: ListedSync): string[] {
  if (held === null) return []
  const error = lastComplete?.digest === held ? lastComplete.error : null
  return [`${nameOf(sync)}: ${heldText({ digest: held, error })}`]
}

function failedLines({ lastFailed, failingSince, ...sync }: ListedSync, isOfOne: boolean): string[] {
  if (lastFailed === null || (failingSince === null && !isOfOne)) return []
  const nothing = sync.fills ? 'nobody changed' : 'no group changed'
  return [`${nameOf(sync)}: ${nothing} on ${moment(lastFailed.at)}: ${lastFailed.error ?? 'the source failed'}`]
}

const dayMs = 24 * 60 * 60 * 1_000

function downLines(sync: ListedSync, now: Date): string[] {
  const since = sync.failingSince
  if (since === null || now.getTime() - Date.parse(since) < dayMs) return []
  return [unreadLine({ ...sync, since, error: null })]
}
