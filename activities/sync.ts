import type * as storeModule from '../store/index.ts'
import { createMapping } from '../core/sources/create-mapping.ts'
import type { EndedRun, Pool, ReadFile, RunnableSync, RunsAsked, SyncInput, SyncResult, Tx } from '../store/index.ts'
import { placeOf, syncId, type SyncedPlace } from '../core/model/sync-place.ts'
import { type SyncRun } from '../workflows/sync/messages.ts'
import { asDiscreetActivity, type AttemptFailure } from './border.ts'
import { filesOf, openSource, outdated, type ConfigFiles, type Connected } from './sync-source.ts'
import { runStructure } from './sync-structure.ts'
import { readSubjects } from './sync-subjects.ts'

type Store = Pick<
  typeof storeModule,
  'inTransaction' | 'listEndedRuns' | 'lockVos' | 'noteReadFiles' | 'readSync' | 'syncMembers' | 'syncStructure'
>

export interface SyncDependencies extends Connected {
  readonly pool: Pool
  readonly store: Store
  /** Told of each run that came to its end, and how long it took. */
  readonly onRun: (run: SyncRun, place: SyncedPlace, tookMs: number) => void
  /** Told of each attempt that failed: its message may name people, so nothing else is told of it. */
  readonly onFailure: (place: SyncedPlace, failure: AttemptFailure) => void
  readonly now: () => number
}

export interface SyncRunInput extends SyncedPlace {
  readonly at: number
}

/** What a heartbeat tells of a run. */
export interface SyncProgress {
  readonly read: number
}

export type SyncActivities = ReturnType<typeof createSyncActivities>

/** Builds what `sync/…` calls. */
export function createSyncActivities(dependencies: SyncDependencies) {
  return {
    /**
     * Reads a source and brings its rows to what it says, in one transaction. Repeating it is safe: it compares with what is there,
     * and where the run is in the database already, that is what it came to.
     * What the source fails with is what the run came to; without PostgreSQL or the configuration repository it fails, and is tried again.
     */
    runSync: asDiscreetActivity(async (input: SyncRunInput, attempt): Promise<SyncRun> => {
      const begunAt = dependencies.now()
      const run = await runOnce(dependencies, input, attempt)
      if (run.kind !== 'gone' && run.kind !== 'frozen') dependencies.onRun(run, input, dependencies.now() - begunAt)
      return run
    }, tellOf(dependencies)),
  }
}

function tellOf({ onFailure }: SyncDependencies) {
  return async (place: SyncRunInput, failure: AttemptFailure): Promise<void> => onFailure(place, failure)
}

interface Attempt {
  readonly signal: AbortSignal
  readonly report: (progress: SyncProgress) => void
}

const nobody = { subjects: 0, added: 0, changed: 0, removed: 0, skipped: 0 } as const

/** Until what the documents say is the same at the end as it was when the source was read. */
async function runOnce(dependencies: SyncDependencies, input: SyncRunInput, attempt: Attempt): Promise<SyncRun> {
  for (;;) {
    try {
      return await runAsAsked(dependencies, input, attempt)
    } catch (error) {
      if (error !== outdated) throw error
    }
  }
}

async function runAsAsked(dependencies: SyncDependencies, input: SyncRunInput, attempt: Attempt): Promise<SyncRun> {
  const { pool, store, reached } = dependencies
  const sync = await store.readSync(pool, input)
  if (sync === undefined) return { kind: 'gone', ...nobody }
  if (sync.isFrozen) return { kind: 'frozen', ...nobody }
  const [ended] = await store.listEndedRuns(pool, runOfAttempts(input, sync.fills ? 'members' : 'structure'))
  if (ended !== undefined) return ended
  reached('sync.before-read')
  const made = await makeGroups(dependencies, { input, sync, attempt })
  if (made?.isAll === true) return made.run
  const running = { input, sync, attempt, files: made?.files ?? [] }
  const result = await store.inTransaction(pool, async (tx) => runIn(tx, dependencies, running))
  reached('sync.after-commit')
  return runOf(result)
}

/** Every attempt of a run names the moment when the workflow asked for it. */
function runOfAttempts({ at, ...place }: SyncRunInput, of: RunsAsked['of']): RunsAsked {
  return { ...place, of, at: new Date(at) }
}

interface Made {
  readonly run: SyncRun
  readonly files: readonly ReadFile[]
  /** Whether the groups are all that the source is asked for, or it cannot be asked for more now. */
  readonly isAll: boolean
}

/** Groups come before their members, where a source says which there are. */
async function makeGroups(
  dependencies: SyncDependencies,
  { input, sync, attempt }: Omit<Running, 'files'>,
): Promise<Made | undefined> {
  const { structure } = sync
  if (structure === undefined) return undefined
  const { pool, store } = dependencies
  const asked = runOfAttempts(input, 'structure')
  const isAll = ({ kind }: EndedRun) => !sync.fills || kind === 'failed' || kind === 'incomplete'
  const [ended] = await store.listEndedRuns(pool, asked)
  if (ended !== undefined) return { run: ended, files: [], isAll: isAll(ended) }
  const report = (read: number): void => attempt.report({ read })
  const running = { sync, structure, signal: attempt.signal, report, asked }
  const { result, files } = await runStructure(dependencies, running)
  const run = runOf({ ...result, skipped: [{ count: result.notes.length }] })
  return { run, files, isAll: isAll(run) }
}

interface Preparing {
  readonly sync: RunnableSync
  readonly attempt: Attempt
  readonly now: Date
}

/** What the store is asked for, and what was read of the configuration repository by its end. */
export function prepareRun(
  dependencies: Connected,
  { sync, attempt, now }: Preparing,
): { readonly input: SyncInput; readonly files: ConfigFiles } {
  const files = filesOf(dependencies, sync.commit)
  const { reached } = dependencies
  const input: SyncInput = {
    ...placeOf(sync),
    ...howOf(sync),
    now,
    subjects: readFrom(dependencies, { sync, attempt, configFile: files.read }),
    reached: (step) => reached(`sync.${step}`),
  }
  return { input, files }
}

interface Running {
  readonly input: SyncRunInput
  readonly sync: RunnableSync
  readonly attempt: Attempt
  /** What was read already for its groups. */
  readonly files: readonly ReadFile[]
}

async function runIn(tx: Tx, dependencies: SyncDependencies, running: Running): Promise<SyncResult> {
  const { store, reached } = dependencies
  const { input, sync, attempt } = running
  const prepared = prepareRun(dependencies, { sync, attempt, now: new Date(input.at) })
  const { files } = prepared
  const result = await store.syncMembers(tx, prepared.input)
  // Whoever stops the run, or keeps it from the repository, is not the source.
  attempt.signal.throwIfAborted()
  files.throwIfAway()
  if ((await store.readSync(tx, input))?.hash !== sync.hash) throw outdated
  // An attempt that was given up may have gone on, and ended before this one.
  if ((await store.listEndedRuns(tx, runOfAttempts(input, 'members'))).length > 1) throw outdated
  await store.noteReadFiles(tx, { id: syncId(input), files: [...running.files, ...files.list()] })
  reached('sync.before-commit')
  return result
}

/** What a VO says of its members is said of the VO: who is gone there loses it. */
function howOf({ spec, group }: RunnableSync) {
  const { mode = 'full', authoritative = group === undefined, absent = {} } = spec
  const { base } = spec.groups ?? {}
  return { mode, authoritative, base, absent: { then: 'remove', runs: 1, ...absent } } as const
}

type RunOutcome =
  | Pick<Extract<SyncResult, { outcome: 'changed' }>, 'added' | 'changed' | 'outcome' | 'removed'>
  | Pick<Extract<SyncResult, { outcome: 'held' }>, 'digest' | 'outcome'>
  | { readonly outcome: 'failed' | 'incomplete' | 'unchanged' }

type Ended = RunOutcome & { readonly subjects: number; readonly skipped: readonly { readonly count: number }[] }

function runOf(result: Ended): EndedRun {
  const { added, changed, removed } = result.outcome === 'changed' ? result : nobody
  const skipped = result.skipped.reduce((sum, { count }) => sum + count, 0)
  const digest = result.outcome === 'held' ? { digest: result.digest } : {}
  return { kind: result.outcome, subjects: result.subjects, added, changed, removed, skipped, ...digest }
}

interface RunReading {
  readonly sync: RunnableSync
  readonly attempt: Attempt
  readonly configFile: (path: string) => Promise<Uint8Array>
}

/** What the source says; that it cannot be made, or says no such thing, it is told of when it is read. */
async function* readFrom(dependencies: Connected, reading: RunReading) {
  const { sync, attempt } = reading
  const { compileSchema } = dependencies
  const { source, login } = openSource(dependencies, sync, reading.configFile)
  return yield* readSubjects({
    pages: source.subjects(sync.spec.select, attempt),
    map: createMapping({
      ...{ source: sync.source, spec: sync.from, login, zone: sync.zone, compileSchema },
      attributeOf: (name) => sync.attributes[name],
      ...(sync.spec.groups === undefined ? {} : { path: sync.spec.groups.path }),
    }),
    required: sync.from.required ?? [],
    report: (progress) => {
      dependencies.reached('sync.page')
      attempt.report(progress)
    },
  })
}
