import type * as storeModule from '../store/index.ts'
import { createMapping } from '../core/sources/create-mapping.ts'
import type { Pool, RunnableSync, RunsAsked, SyncInput, SyncResult, Tx } from '../store/index.ts'
import { placeOf, syncId, type SyncedPlace } from '../core/model/sync-place.ts'
import type { SyncedPart, SyncRun } from '../workflows/sync/messages.ts'
import { askWhoLackedGroups } from './ask-who-lacked-groups.ts'
import { asDiscreetActivity, type AttemptFailure } from './border.ts'
import { confirmRead, filesOf, openSource, outdated, type ConfigFiles, type Connected } from './sync-source.ts'
import { runStructure } from './sync-structure.ts'
import { readSubjects } from './sync-subjects.ts'
import type { WorkflowStarter } from './workflow-starter.ts'

type Store = Pick<
  typeof storeModule,
  | 'inTransaction'
  | 'listEndedRuns'
  | 'listSyncsLackingGroups'
  | 'lockVos'
  | 'noteMissedRun'
  | 'noteReadFiles'
  | 'readSync'
  | 'syncMembers'
  | 'syncStructure'
>

export interface SyncDependencies extends Connected {
  readonly pool: Pool
  readonly store: Store
  readonly workflows: Pick<WorkflowStarter, 'syncAgain'>
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

/** Until what the documents say, and whether it is frozen, is the same at the end as it was when the source was read. */
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
  if (sync.isFrozen) {
    await store.noteMissedRun(pool, syncId(input))
    return { kind: 'frozen', ...nobody }
  }
  reached('sync.before-read')
  const running = { input, sync, attempt, files: filesOf(dependencies, sync.commit) }
  const groups = await makeGroups(dependencies, running)
  if (groups === undefined) return fill(dependencies, running)
  if (sync.group !== undefined && groups.added + groups.changed > 0)
    await askWhoLackedGroups(dependencies, { vo: sync.vo, base: sync.group })
  if (!sync.fills) return groups
  // Where it is not known which groups there are, nobody is put into them.
  if (groups.kind === 'failed' || groups.kind === 'incomplete') return { kind: groups.kind, ...nobody, groups }
  return { ...(await fill(dependencies, running)), groups }
}

/** Every attempt of a run names the moment when the workflow asked for it. */
function runOfAttempts({ at, ...place }: SyncRunInput, of: RunsAsked['of']): RunsAsked {
  return { ...place, of, at: new Date(at) }
}

/** Groups come before their members, where a source says which there are. */
async function makeGroups(
  dependencies: SyncDependencies,
  { input, sync, attempt, files }: Running,
): Promise<SyncedPart | undefined> {
  const { structure } = sync
  if (structure === undefined) return undefined
  const { pool, store } = dependencies
  const asked = runOfAttempts(input, 'structure')
  const [ended] = await store.listEndedRuns(pool, asked)
  if (ended !== undefined) return ended
  const report = (read: number): void => attempt.report({ read })
  const running = { sync, structure, signal: attempt.signal, report, files, asked }
  const result = await runStructure(dependencies, running)
  return partOf({ ...result, skipped: [{ count: result.notes.length }] })
}

async function fill(dependencies: SyncDependencies, running: Running): Promise<SyncedPart> {
  const { pool, store, reached } = dependencies
  const [ended] = await store.listEndedRuns(pool, runOfAttempts(running.input, 'members'))
  if (ended !== undefined) return ended
  const result = await store.inTransaction(pool, async (tx) => runIn(tx, dependencies, running))
  reached('sync.after-commit')
  return partOf(result)
}

interface Preparing {
  readonly sync: RunnableSync
  readonly attempt: Attempt
  readonly files: ConfigFiles
  readonly now: Date
}

/** What the store is asked for. */
export function prepareRun(dependencies: Connected, { sync, attempt, files, now }: Preparing): SyncInput {
  const { reached } = dependencies
  return {
    ...placeOf(sync),
    ...howOf(sync),
    now,
    subjects: readFrom(dependencies, { sync, attempt, configFile: files.read }),
    reached: (step) => reached(`sync.${step}`),
  }
}

interface Running {
  readonly input: SyncRunInput
  readonly sync: RunnableSync
  readonly attempt: Attempt
  readonly files: ConfigFiles
}

async function runIn(tx: Tx, dependencies: SyncDependencies, running: Running): Promise<SyncResult> {
  const { store, reached } = dependencies
  const { input, sync, attempt, files } = running
  const asked = runOfAttempts(input, 'members')
  const prepared = prepareRun(dependencies, { sync, attempt, files, now: asked.at })
  const confirm = async (): Promise<void> => confirmRead(tx, { store, sync, signal: attempt.signal, files, asked })
  const result = await store.syncMembers(tx, { ...prepared, confirm })
  await store.noteReadFiles(tx, { id: syncId(input), files: files.list() })
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

function partOf(result: Ended): SyncedPart {
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
  const { pages: read, login } = openSource(dependencies, sync, reading.configFile)
  return yield* readSubjects({
    pages: read(sync.spec.select, attempt),
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
