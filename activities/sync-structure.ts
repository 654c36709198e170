import { collectRecords } from '../core/structure/collect-records.ts'
import { syncId } from '../core/model/sync-place.ts'
import type * as storeModule from '../store/index.ts'
import type { Pool, RunnableSync, RunsAsked, StructureInput, StructureRead, StructureResult } from '../store/index.ts'
import { confirmRead, openSource, type ConfigFiles, type Connected } from './sync-source.ts'

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
    const pages = openSource(dependencies, sync, files.read).pages(structure.select, { signal })
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
  readonly files: ConfigFiles
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

/** Reads a source and brings the groups below a base to what it says, in one transaction. */
export async function runStructure(dependencies: Dependencies, running: Running): Promise<StructureResult> {
  const { pool, store } = dependencies
  const { sync, signal, files, asked } = running
  const read = await readStructure(dependencies, running, files)
  const input = structureInput(dependencies, { ...running, read, now: asked.at })
  const result = await store.inTransaction(pool, async (tx) => {
    await store.lockVos(tx, [sync.vo], { mode: 'exclusive' })
    await confirmRead(tx, { store, sync, signal, files, asked })
    await store.noteReadFiles(tx, { id: syncId(sync), files: files.list() })
    return store.syncStructure(tx, input)
  })
  dependencies.reached('sync.made-groups')
  return result
}
