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
import { moment, short } from '../text/words.ts'
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
      return { json: { syncs }, text: render(syncs, shell.now()) }
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

function render(syncs: readonly DueSync[], now: Date): string {
  if (syncs.length === 0) return 'Nothing is synced: no VO or group in force has the key `sync`.'
  const rows = syncs.map((sync) => [
    nameOf(sync),
    sync.last === null ? 'never' : moment(sync.last.at),
    sync.last?.outcome ?? '',
    ...countsOf(sync),
    sync.nextAt === null ? '–' : moment(sync.nextAt),
    noteOf(sync),
  ])
  const headers = ['SYNC', 'LAST RUN', 'OUTCOME', 'READ', 'ADDED', 'CHANGED', 'REMOVED', 'SKIPPED', 'NEXT', '']
  return [renderTable(headers, rows), ...downLines(syncs, now)].join('\n')
}

function countsOf({ last }: ListedSync): string[] {
  if (last === null) return ['', '', '', '', '']
  const skipped = Object.values(last.skipped).reduce((sum, some) => sum + some, 0)
  return [last.subjects, last.added, last.changed, last.removed, skipped].map(String)
}

function noteOf({ last }: ListedSync): string {
  if (last?.outcome === 'held') return `${last.error ?? 'held'}; \`guildhall approve ${short(last.digest ?? '')}\``
  return last?.error ?? ''
}

const dayMs = 24 * 60 * 60 * 1_000

function downLines(syncs: readonly ListedSync[], now: Date): string[] {
  return syncs.flatMap((sync) => {
    const since = sync.failingSince
    if (since === null || now.getTime() - Date.parse(since) < dayMs) return []
    return [unreadLine({ ...sync, since, error: null })]
  })
}
