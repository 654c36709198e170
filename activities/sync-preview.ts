import { GuildhallError } from '../core/errors.ts'
import type * as storeModule from '../store/index.ts'
import type { SyncPreview } from '../store/index.ts'
import { syncId, type SyncedPlace } from '../core/model/sync-place.ts'
import { filesOf } from './sync-source.ts'
import { readStructure, structureInput } from './sync-structure.ts'
import { prepareRun, type SyncDependencies } from './sync.ts'

export interface PreviewDependencies extends Pick<
  SyncDependencies,
  'compileSchema' | 'environment' | 'pool' | 'readFile' | 'secret' | 'sourceTypes'
> {
  readonly store: Pick<typeof storeModule, 'previewStructure' | 'previewSync' | 'readSync'>
}

/** Reads a source and tells what a run would come to; nothing is written. */
export async function previewRun(
  dependencies: PreviewDependencies,
  place: SyncedPlace,
  { now, signal }: { readonly now: Date; readonly signal: AbortSignal },
): Promise<SyncPreview> {
  const { pool, store } = dependencies
  const sync = await store.readSync(pool, place)
  if (sync === undefined)
    throw new GuildhallError('OBJECT_UNKNOWN', `Cannot preview ${syncId(place)}: no document in force asks for it`)
  const { structure } = sync
  const quiet = { ...dependencies, reached: () => undefined }
  if (structure !== undefined && !sync.fills) {
    const read = filesOf(dependencies, sync.commit)
    const said = await readStructure(quiet, { sync, structure, signal, report: () => undefined }, read)
    read.throwIfAway()
    return store.previewStructure(pool, structureInput(dependencies, { sync, structure, read: said, now }))
  }
  const { input, files } = prepareRun(quiet, { sync, now, attempt: { signal, report: () => undefined } })
  const preview = await store.previewSync(pool, input)
  files.throwIfAway()
  return preview
}
