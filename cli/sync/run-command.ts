import type { Client, WorkflowHandle } from '@temporalio/client'
import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { ListedSync } from '../../core/model/answers.ts'
import { count } from '../../core/model/count.ts'
import type { SyncInput, SyncRun } from '../../workflows/sync/messages.ts'
import { answerWith, describeCommand, type Answer } from '../command.ts'
import { exitCodes } from '../exit-codes.ts'
import type { Shell } from '../shell.ts'
import { withState } from '../system/state.ts'
import { withTemporal } from '../system/temporal.ts'
import { seconds } from '../read-seconds.ts'
import { short } from '../text/words.ts'
import { placeOf } from '../../core/model/sync-place.ts'
import { findSyncs, nameOf, withPlaceOptions, type PlaceOptions } from './places.ts'

interface RunOptions extends PlaceOptions {
  readonly timeout: number
}

interface Ended {
  readonly sync: ListedSync
  readonly run: SyncRun
  /** Of a run that failed, or why it is held. */
  readonly error: string | null
}

/** Makes `guildhall sync run`. */
export function runCommand(shell: Shell): Command {
  const command = describeCommand({
    name: 'run',
    arguments: '<source>',
    summary: 'read a source now, and wait for what comes of it',
    description:
      'Reads a source now, for everything that is synced from it or for one VO or group, and waits until the members are what it says, or the run is held or failed. A run that is under way already is waited for.',
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
        runAll(shell, client, {
          syncs,
          timeout: options.timeout,
          expected: async (place) => store.readExpected(pool, place),
        }),
      )
      const after = await store.listSyncStatus(pool, { source })
      return answer(runs.map(({ sync, run }) => ({ sync, run, error: errorOf(after, sync, run) })))
    }),
  )
}

interface Running {
  readonly syncs: readonly ListedSync[]
  readonly timeout: number
  readonly expected: (place: SyncInput) => Promise<number>
}

async function runAll(shell: Shell, client: Client, { syncs, timeout, expected }: Running) {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), timeout * 1_000)
  const stops: (() => void)[] = []
  try {
    const handles = new Map<ListedSync, WorkflowHandle<Sync>>()
    for (const sync of syncs) {
      const place = placeOf(sync)
      const handle = await start(client, { ...place, expected: await expected(place) })
      if (shell.isTerminal) stops.push(showProgress(shell, nameOf(sync), handle))
      handles.set(sync, handle)
    }
    return await client.withAbortSignal(late.signal, async () =>
      Promise.all([...handles].map(async ([sync, handle]) => ({ sync, run: await handle.result() }))),
    )
  } catch (error) {
    throw late.signal.aborted ? waitEnded(timeout) : error
  } finally {
    clearTimeout(timer)
    for (const stop of stops) stop()
  }
}

type Sync = (input: SyncInput) => Promise<SyncRun>

async function start(client: Client, input: SyncInput): Promise<WorkflowHandle<Sync>> {
  const { startSync } = await import('../../workflows/sync/messages.ts')
  return client.workflow.start<Sync>('sync', { ...startSync(input), workflowIdConflictPolicy: 'USE_EXISTING' })
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

function errorOf(after: readonly ListedSync[], sync: ListedSync, { kind }: SyncRun): string | null {
  if (kind !== 'failed' && kind !== 'held') return null
  return after.find((other) => nameOf(other) === nameOf(sync))?.last?.error ?? null
}

function answer(ended: readonly Ended[]): Answer {
  const runs = ended.map(({ sync: { source, vo, group }, run: { kind, digest, ...counts }, error }) => ({
    ...{ source, vo, group, outcome: kind },
    ...counts,
    digest: digest ?? null,
    error,
  }))
  return { json: { runs }, text: ended.map(lineOf).join('\n'), exitCode: exitCodeOf(ended) }
}

function lineOf({ sync, run, error }: Ended): string {
  const skipped = run.skipped === 0 ? '' : `, ${run.skipped} skipped`
  const subjects = sync.fills ? count(run.subjects, 'person', 'people') : count(run.subjects, 'group')
  const read = `${subjects} read${skipped}`
  return `${nameOf(sync)}: ${
    {
      changed: `${run.added} added, ${run.changed} changed, ${run.removed} removed; ${read}`,
      unchanged: `nothing to change; ${read}`,
      held: `held: ${error ?? 'the guard asks for an approval'}; ${read}; \`guildhall holds ${short(run.digest ?? '')}\` tells who would lose what, \`guildhall approve ${short(run.digest ?? '')}\` lets it through once`,
      incomplete: `nobody changed: the source did not name everybody; ${read}`,
      failed: `nobody changed: ${error ?? 'the source failed'}`,
      gone: 'no document in force asks for it any more',
      frozen: 'nobody changed: it is frozen; `guildhall freeze --lift` lets it go on',
    }[run.kind]
  }`
}

const failures: readonly SyncRun['kind'][] = ['failed', 'gone', 'incomplete']

function exitCodeOf(ended: readonly Ended[]): number {
  const kinds = ended.map(({ run }) => run.kind)
  if (kinds.some((kind) => failures.includes(kind))) return exitCodes.error
  return kinds.some((kind) => kind === 'held' || kind === 'frozen') ? exitCodes.held : exitCodes.done
}
