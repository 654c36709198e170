import { collectRecords } from '../core/structure/collect-records.ts'
import { syncId } from '../core/model/sync-place.ts'
import type * as storeModule from '../store/index.ts'
import type { Pool, RunnableSync, RunsAsked, StructureInput, StructureRead, StructureResult } from '../store/index.ts'
import { filesOf, openSource, outdated, type ConfigFiles, type Connected } from './sync-source.ts'

type Spec = NonNullable<RunnableSync['structure']>

/** A structure with what a run of it needs. */
export interface StructureReading {
  readonly sync: RunnableSync
  readonly structure: Spec
  readonly signal: AbortSignal
  /** Told how many records were read. */
  readonly report: (read: number) => void
}

/** Reads what a source says of groups to the end; what it fails with is what the read came to. */
export async function readStructure(
  dependencies: Connected,
  { sync, structure, signal, report }: StructureReading,
  files: ConfigFiles,
): Promise<StructureRead> {
  const collected = collectRecords(structure)
  let count = 0
  try {
    const { source } = openSource(dependencies, sync, files.read)
    const pages = source.subjects(structure.select, { signal })
    for (;;) {
      const { done, value } = await pages.next()
      if (done === true) return { ...collected.result(), count, isComplete: value.complete && value.count === count }
      count += value.length
      report(count)
      collected.add(value)
    }
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error))
    return { ...collected.result(), count, isComplete: false, failure }
  }
}

/** What the store is asked for. */
export function structureInput(
  { compileSchema }: Pick<Connected, 'compileSchema'>,
  { sync, structure, read, now }: Pick<StructureReading, 'structure' | 'sync'> & Pick<StructureInput, 'now' | 'read'>,
): StructureInput {
  const { layout = 'nested', absent = {} } = structure
  const { source, vo, group = '' } = sync
  return { source, vo, group, layout, absent: { runs: 1, ...absent }, read, compileSchema, now }
}

interface Running extends StructureReading {
  /** Which run it is. */
  readonly asked: RunsAsked
}

interface Dependencies extends Connected {
  readonly pool: Pool
  readonly store: Pick<
    typeof storeModule,
    'inTransaction' | 'listEndedRuns' | 'lockVos' | 'noteReadFiles' | 'readSync' | 'syncStructure'
  >
}

/** Reads a source and brings the groups below a base to what it says, in one transaction; also which files were read for it. */
export async function runStructure(
  dependencies: Dependencies,
  running: Running,
): Promise<{ readonly result: StructureResult; readonly files: ReturnType<ConfigFiles['list']> }> {
  const { pool, store } = dependencies
  const { sync, asked } = running
  const files = filesOf(dependencies, sync.commit)
  const read = await readStructure(dependencies, running, files)
  // Whoever stops the run, or keeps it from the repository, is not the source.
  running.signal.throwIfAborted()
  files.throwIfAway()
  const input = structureInput(dependencies, { ...running, read, now: asked.at })
  const result = await store.inTransaction(pool, async (tx) => {
    await store.lockVos(tx, [sync.vo], { mode: 'exclusive' })
    if ((await store.readSync(tx, asked))?.hash !== sync.hash) throw outdated
    // An attempt that was given up may have gone on, and ended before this one.
    if ((await store.listEndedRuns(tx, asked)).length > 0) throw outdated
    await store.noteReadFiles(tx, { id: syncId(asked), files: files.list() })
    return store.syncStructure(tx, input)
  })
  dependencies.reached('sync.made-groups')
  return { result, files: files.list() }
}
