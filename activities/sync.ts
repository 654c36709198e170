import type { SourceEnvironment, SourceType } from '../connectors/source.ts'
import type { Surroundings } from '../core/config/catalog.ts'
import { GuildhallError } from '../core/errors.ts'
import type * as storeModule from '../store/index.ts'
import { createMapping } from '../core/sources/create-mapping.ts'
import type { Pool, SyncInput, SyncResult, Tx } from '../store/index.ts'
import { syncId, type SyncedPlace } from '../core/model/sync-place.ts'
import { type SyncRun } from '../workflows/sync/messages.ts'
import { asDiscreetActivity, type AttemptFailure } from './border.ts'
import type { Reached } from './crash-point.ts'
import { hashOfFile, type ReadConfigFile } from './keep-syncs.ts'
import { readSubjects } from './sync-subjects.ts'

type Store = Pick<typeof storeModule, 'inTransaction' | 'noteReadFiles' | 'readSync' | 'syncMembers'>
type Runnable = NonNullable<Awaited<ReturnType<Store['readSync']>>>

export interface SyncDependencies {
  readonly pool: Pool
  readonly store: Store
  readonly sourceTypes: ReadonlyMap<string, SourceType>
  /** What the sources of this process may use; a secret is looked up for its Source document. */
  readonly environment: Pick<SourceEnvironment, 'allowedPrivate' | 'in'>
  readonly secret: (source: string, name: string) => Promise<string>
  readonly readFile: ReadConfigFile
  /** Compiles the JSON Schemas of attributes. */
  readonly compileSchema: Surroundings['compileSchema']
  readonly reached: Reached
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
     * Reads a source and brings its rows to what it says, in one transaction. Repeating it is safe: it compares with what is there.
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
  const { pool, store, reached } = dependencies
  for (;;) {
    const sync = await store.readSync(pool, input)
    if (sync === undefined) return { kind: 'gone', ...nobody }
    if (sync.isFrozen) return { kind: 'frozen', ...nobody }
    try {
      const result = await store.inTransaction(pool, async (tx) => runIn(tx, dependencies, { input, sync, attempt }))
      reached('sync.after-commit')
      const run = runOf(result)
      reached('sync.before-ending')
      return run
    } catch (error) {
      if (error !== outdated) throw error
    }
  }
}

interface Preparing {
  readonly sync: Runnable
  readonly attempt: Attempt
  readonly now: Date
}

type Connected = Pick<
  SyncDependencies,
  'compileSchema' | 'environment' | 'reached' | 'readFile' | 'secret' | 'sourceTypes'
>

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

/** Thrown where a commit changed what is synced while the source was read. */
const outdated = new Error('The sync is another one by now')

interface Running {
  readonly input: SyncRunInput
  readonly sync: Runnable
  readonly attempt: Attempt
}

async function runIn(tx: Tx, dependencies: SyncDependencies, { input, sync, attempt }: Running): Promise<SyncResult> {
  const { store, reached } = dependencies
  const prepared = prepareRun(dependencies, { sync, attempt, now: new Date(input.at) })
  const { files } = prepared
  const result = await store.syncMembers(tx, prepared.input)
  // Whoever stops the run, or keeps it from the repository, is not the source.
  attempt.signal.throwIfAborted()
  files.throwIfAway()
  if ((await store.readSync(tx, input))?.hash !== sync.hash) throw outdated
  await store.noteReadFiles(tx, { id: syncId(input), files: files.list() })
  reached('sync.before-commit')
  return result
}

function placeOf({ source, vo, group }: Runnable) {
  return { source, vo, ...(group === undefined ? {} : { group }) }
}

/** What a VO says of its members is said of the VO: who is gone there loses it. */
function howOf({ spec, group }: Runnable) {
  const { mode = 'full', authoritative = group === undefined, absent = {} } = spec
  const { base } = spec.groups ?? {}
  return { mode, authoritative, base, absent: { then: 'remove', runs: 1, ...absent } } as const
}

function runOf(result: SyncResult): SyncRun {
  const { added, changed, removed } = result.outcome === 'changed' ? result : nobody
  const skipped = result.skipped.reduce((sum, { count }) => sum + count, 0)
  const digest = result.outcome === 'held' ? { digest: result.digest } : {}
  return { kind: result.outcome, subjects: result.subjects, added, changed, removed, skipped, ...digest }
}

interface ConfigFiles {
  readonly read: (path: string) => Promise<Uint8Array>
  /** What was read, as it is noted. */
  list(): { readonly path: string; readonly hash: string }[]
  /** Fails as the repository did where it is away: no source can help that. */
  throwIfAway(): void
}

function filesOf({ readFile }: Connected, commit: string): ConfigFiles {
  const hashes = new Map<string, string>()
  let away: { readonly error: unknown } | undefined
  return {
    read: async (path) => {
      const bytes = await readFile(commit, path).catch((error: unknown) => {
        away = { error }
        throw error
      })
      hashes.set(path, hashOfFile(bytes))
      if (bytes !== undefined) return bytes
      throw new GuildhallError(
        'SOURCE_UNREACHABLE',
        `Cannot read "${path}": commit ${commit.slice(0, 12)} of the configuration repository has no such file; add it, or correct the path`,
        { facts: { path, commit } },
      )
    },
    list: () => [...hashes].map(([path, hash]) => ({ path, hash })),
    throwIfAway: () => {
      if (away !== undefined) throw away.error
    },
  }
}

interface RunReading {
  readonly sync: Runnable
  readonly attempt: Attempt
  readonly configFile: (path: string) => Promise<Uint8Array>
}

/** What the source says; that it cannot be made, or says no such thing, it is told of when it is read. */
async function* readFrom(dependencies: Connected, reading: RunReading) {
  const { sync, attempt } = reading
  const { type, options = {} } = sync.from
  const { environment, secret, sourceTypes, compileSchema } = dependencies
  const found = sourceTypes.get(type)
  if (found === undefined) throw unknownType(sync, [...sourceTypes.keys()])
  const { configFile } = reading
  const source = found.create(options, {
    ...environment,
    configFile,
    secret: async (name) => secret(sync.source, name),
  })
  let pages = 0
  return yield* readSubjects({
    pages: source.subjects(sync.spec.select, attempt),
    map: createMapping({
      ...{ source: sync.source, spec: sync.from, login: found.login, zone: sync.zone, compileSchema },
      attributeOf: (name) => sync.attributes[name],
      ...(sync.spec.groups === undefined ? {} : { path: sync.spec.groups.path }),
    }),
    required: sync.from.required ?? [],
    report: (progress) => {
      pages += 1
      if (pages === 1) dependencies.reached('sync.first-page')
      attempt.report(progress)
    },
  })
}

function unknownType({ source, from: { type } }: Runnable, known: readonly string[]): GuildhallError {
  return new GuildhallError(
    'SOURCE_OPTIONS_INVALID',
    `Cannot read source "${source}": there is no type of source "${type}"; use one of ${known.join(', ')}`,
  )
}
