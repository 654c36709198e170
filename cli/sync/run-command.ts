import type { Client, WorkflowHandle } from '@temporalio/client'
import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { ListedRun, ListedSync } from '../../core/model/answers.ts'
import { count } from '../../core/model/count.ts'
import type { SyncedPart, SyncRun } from '../../workflows/sync/messages.ts'
import { answerWith, describeCommand, type Answer } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { withTemporal } from '../system/temporal.ts'
import { seconds } from '../read-seconds.ts'
import type { SyncedPlace } from '../../core/model/sync-place.ts'
import { heldText } from './held-text.ts'
import { skippedText } from './skipped-text.ts'
import { findSyncs, nameOf, placesOf, withPlaceOptions, type PlaceOptions } from './places.ts'

interface RunOptions extends PlaceOptions {
  readonly timeout: number
}

interface Ended {
  readonly place: SyncedPlace
  /** Whether it is who is in the place; else which groups lie below it. */
  readonly fills: boolean
  readonly run: SyncedPart
  /** Of a run that failed, or why it is held. */
  readonly error: string | null
  /** How many were left out, by reason, where that is noted. */
  readonly reasons?: ListedRun['skipped']
}

/** Makes `guildhall sync run`. */
export function runCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'run',
    arguments: '<source>',
    summary: 'read a source now, and wait for what comes of it',
    description:
      'Reads a source now, for everything that is synced from it or for one VO or group, and waits until the members are what it says, or the run is held or failed. Where a run is under way already, the source is read once more after it.',
    examples: [
      ['guildhall sync run hr', 'for all VOs and groups that are synced from it'],
      ['guildhall sync run hr --vo astro --group staff --json', 'for one group, for a program'],
    ],
    exitCodes: { 1: 'error, or a run that failed', 3: 'a run is held' },
  }).option('--timeout <seconds>', 'how long to wait', seconds, 3_600)
  return answerWith<RunOptions>(withPlaceOptions(command), shell, async ({ arguments: [source = ''], options }) =>
    withState(shell, options, async (state) => {
      const { pool, store } = state
      const syncs = await findSyncs(state, source, options)
      const runs = await withTemporal(state.system, async (client) =>
        runAll(shell, client, { syncs, timeout: options.timeout }),
      )
      const after = await store.listSyncStatus(pool, { source })
      return answer(runs.flatMap(({ place, run }) => endedOf({ place, run, before: syncs, after })))
    }),
  )
}

interface Running {
  readonly syncs: readonly ListedSync[]
  readonly timeout: number
}

interface PlaceRun {
  readonly place: SyncedPlace
  readonly run: RunEnd
}

/** Runs those that make groups before those that fill them, and tells what they came to in the order of their places. */
async function runAll(shell: Shell, client: Client, { syncs, timeout }: Running): Promise<PlaceRun[]> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeout * 1_000)
  const makers = new Set(syncs.filter(({ fills }) => !fills).map(nameOf))
  const places = placesOf(syncs)
  const runs = new Map<SyncedPlace, RunEnd>()
  try {
    for (const isMaker of [true, false]) {
      const together = places.filter((place) => makers.has(nameOf(place)) === isMaker)
      const ended = await client.withAbortSignal(late.signal, async () => runTogether(shell, client, together))
      for (const { place, run } of ended) runs.set(place, run)
    }
  } catch (error) {
    throw late.signal.aborted ? waitEnded(timeout) : error
  } finally {
    clearTimeout(timer)
  }
  return places.flatMap((place) => {
    const run = runs.get(place)
    return run === undefined ? [] : { place, run }
  })
}

async function runTogether(shell: Shell, client: Client, places: readonly SyncedPlace[]): Promise<PlaceRun[]> {
  const stops: (() => void)[] = []
  try {
    const handles = new Map<SyncedPlace, WorkflowHandle<Sync>>()
    for (const place of places) {
      const handle = await start(client, place)
      if (shell.isTerminal) stops.push(showProgress(shell, nameOf(place), handle))
      handles.set(place, handle)
    }
    return await Promise.all([...handles].map(async ([place, handle]) => ({ place, run: await endOf(handle) })))
  } finally {
    for (const stop of stops) stop()
  }
}

type Sync = (place: SyncedPlace) => Promise<SyncRun>

/** Whoever asks wants what the source says from now on: a run under way may have read it before. */
async function start(client: Client, place: SyncedPlace): Promise<WorkflowHandle<Sync>> {
  const { syncAgain } = await import('../../workflows/sync/messages.ts')
  const { workflowId, signaledRunId } = await client.workflow.signalWithStart('sync', syncAgain(place))
  return client.workflow.getHandle<Sync>(workflowId, signaledRunId)
}

/** What a run came to, or why Guildhall itself has stopped it: then nothing is noted of it. */
type RunEnd = SyncRun & { readonly stopped?: string }

const nobody = { subjects: 0, added: 0, changed: 0, removed: 0, skipped: 0 } as const

async function endOf(handle: WorkflowHandle<Sync>): Promise<RunEnd> {
  const { WorkflowFailedError } = await import('@temporalio/client')
  try {
    return await handle.result()
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error
    const why = error.cause?.message ?? error.message
    return { kind: 'failed', ...nobody, stopped: `the run was stopped: ${why}; the log of the worker tells more` }
  }
}

function waitEnded(timeout: number): GuildhallError {
  return new GuildhallError(
    'WAIT_ENDED',
    `Cannot tell what became of the sync: no answer within ${timeout} s; it goes on by itself, \`guildhall sync status\` shows where it stands, \`guildhall doctor\` whether a worker runs`,
    { facts: { timeout } },
  )
}

const lookEveryMs = 1_000

/** Says how many records were read so far, as the heartbeats of the run tell it. */
function showProgress(shell: Shell, name: string, handle: WorkflowHandle): () => void {
  let shown = ''
  const timer = setInterval(() => {
    readProgress(handle).then(
      (read) => {
        const line = read === undefined ? '' : `${name}: ${count(read, 'record')} read`
        if (line !== '' && line !== shown) shell.complain(`${line} …\n`)
        shown = line
      },
      () => undefined,
    )
  }, lookEveryMs)
  return () => clearInterval(timer)
}

async function readProgress(handle: WorkflowHandle): Promise<number | undefined> {
  const { raw } = await handle.describe()
  const [payload] = raw.pendingActivities?.[0]?.heartbeatDetails?.payloads ?? []
  if (payload?.data == null) return undefined
  const progress: unknown = JSON.parse(Buffer.from(payload.data).toString('utf8'))
  const read: unknown = progress instanceof Object ? Reflect.get(progress, 'read') : undefined
  return typeof read === 'number' ? read : undefined
}

interface EndedPlace extends PlaceRun {
  readonly before: readonly ListedSync[]
  readonly after: readonly ListedSync[]
}

/** What a run came to, groups first, each with what is noted of it. */
function endedOf({ place, run: { groups, stopped, ...run }, before, after }: EndedPlace): Ended[] {
  const name = nameOf(place)
  const fills = before.some((sync) => nameOf(sync) === name && sync.fills)
  const ended = (of: boolean, one: SyncedPart): Ended => {
    const last = after.find((sync) => nameOf(sync) === name && sync.fills === of)?.last
    if (last?.outcome !== one.kind) return { place, fills: of, run: one, error: null }
    return { place, fills: of, run: one, error: last.error, reasons: last.skipped }
  }
  if (stopped !== undefined) return [{ place, fills, run, error: stopped }]
  if (groups === undefined) return [ended(fills, run)]
  if (!failures.includes(groups.kind)) return [ended(false, groups), ended(true, run)]
  return [ended(false, groups), { place, fills: true, run, error: 'which groups there are could not be read' }]
}

function answer(ended: readonly Ended[]): Answer {
  const runs = ended.map(({ place: { source, vo, group = null }, fills, run: { kind, digest, ...counts }, error }) => ({
    ...{ source, vo, group, fills, outcome: kind },
    ...counts,
    digest: digest ?? null,
    error,
  }))
  return { json: { runs }, text: ended.map(lineOf).join('\n'), exitCode: exitCodeOf(ended) }
}

function lineOf({ place, fills, run, error, reasons }: Ended): string {
  const skipped =
    run.skipped === 0 ? '' : `, ${reasons === undefined ? `${run.skipped} skipped` : skippedText(reasons)}`
  const read = `${fills ? count(run.subjects, 'person', 'people') : count(run.subjects, 'group')} read${skipped}`
  const nothing = fills ? 'nobody changed' : 'no group changed'
  return `${nameOf(place)}: ${
    {
      changed: `${run.added} added, ${run.changed} changed, ${run.removed} removed; ${read}`,
      unchanged: `nothing to change; ${read}`,
      held: `${heldText({ digest: run.digest ?? '', error })}; ${read}`,
      incomplete: `${nothing}: ${error ?? 'the source did not name everybody'}; ${read}`,
      failed: `${nothing}: ${error ?? 'the source failed'}`,
      gone: 'no document in force asks for it any more',
      frozen: `${nothing}: it is frozen; it is run once \`guildhall freeze --lift\` lets it go on`,
    }[run.kind]
  }`
}

const failures: readonly SyncedPart['kind'][] = ['failed', 'gone', 'incomplete']

function exitCodeOf(ended: readonly Ended[]): number {
  const kinds = ended.map(({ run }) => run.kind)
  if (kinds.some((kind) => failures.includes(kind))) return exitCodes.error
  return kinds.some((kind) => kind === 'held' || kind === 'frozen') ? exitCodes.held : exitCodes.done
}
