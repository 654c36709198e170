import { GuildhallError } from '../core/errors.ts'
import type * as storeModule from '../store/index.ts'
import type { RunnableSync, SyncPreview } from '../store/index.ts'
import { syncId, type SyncedPlace } from '../core/model/sync-place.ts'
import { filesOf } from './sync-source.ts'
import { readStructure, structureInput, type StructureReading } from './sync-structure.ts'
import { prepareRun, type SyncDependencies, type SyncProgress } from './sync.ts'

export interface PreviewDependencies extends Pick<
  SyncDependencies,
  'compileSchema' | 'environment' | 'pool' | 'readFile' | 'secret' | 'sourceTypes'
> {
  readonly store: Pick<typeof storeModule, 'previewStructure' | 'previewSync' | 'readSync'>
}

/** What a run would come to: of who is in a place, or of which groups lie below it. */
interface RunPreview extends SyncPreview {
  readonly fills: boolean
  /** Whether nothing is run, as the VO is frozen, or everything is. */
  readonly isFrozen: boolean
}

interface Previewing {
  readonly now: Date
  readonly signal: AbortSignal
  /** Told how many records were read. */
  readonly report: (read: number) => void
}

/** Reads a source and tells what a run would come to, groups first; nothing is written. */
export async function previewRun(
  dependencies: PreviewDependencies,
  place: SyncedPlace,
  previewing: Previewing,
): Promise<RunPreview[]> {
  const { pool, store } = dependencies
  const sync = await store.readSync(pool, place)
  if (sync === undefined)
    throw new GuildhallError('OBJECT_UNKNOWN', `Cannot preview ${syncId(place)}: no document in force asks for it`)
  const quiet = { ...dependencies, reached: () => undefined }
  const { isFrozen, structure } = sync
  const previews: RunPreview[] = []
  if (structure !== undefined)
    previews.push({ fills: false, isFrozen, ...(await previewGroups(quiet, { sync, structure }, previewing)) })
  if (sync.fills) previews.push({ fills: true, isFrozen, ...(await previewMembers(quiet, sync, previewing)) })
  return previews
}

type Quiet = PreviewDependencies & Pick<SyncDependencies, 'reached'>

async function previewGroups(
  dependencies: Quiet,
  { sync, structure }: Pick<StructureReading, 'structure' | 'sync'>,
  { now, signal, report }: Previewing,
): Promise<SyncPreview> {
  const files = filesOf(dependencies, sync.commit)
  const read = await readStructure(dependencies, { sync, structure, signal, report }, files)
  files.throwIfAway()
  const { pool, store } = dependencies
  return store.previewStructure(pool, structureInput(dependencies, { sync, structure, read, now }))
}

async function previewMembers(
  dependencies: Quiet,
  sync: RunnableSync,
  { now, signal, report }: Previewing,
): Promise<SyncPreview> {
  const files = filesOf(dependencies, sync.commit)
  const attempt = { signal, report: ({ read }: SyncProgress) => report(read) }
  const input = prepareRun(dependencies, { sync, now, files, attempt })
  const preview = await dependencies.store.previewSync(dependencies.pool, input)
  files.throwIfAway()
  return preview
}
