import { createHash } from 'node:crypto'
import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import { placeOf, syncId } from '../core/model/sync-place.ts'
import type { WorkflowStarter } from './workflow-starter.ts'

type Store = Pick<
  typeof storeModule,
  'forgetToldSchedule' | 'listReadFiles' | 'listSyncs' | 'listToldSchedules' | 'noteToldSchedule' | 'readApplied'
>
type Sync = Awaited<ReturnType<Store['listSyncs']>>[number]

export interface KeepSyncsDependencies {
  readonly pool: Pool
  readonly store: Store
  readonly workflows: Pick<WorkflowStarter, 'dropSchedule' | 'scheduleSync' | 'syncAgain'>
}

/** Reads a file of a commit of the configuration repository; undefined where it has none. */
export type ReadConfigFile = (commit: string, path: string) => Promise<Uint8Array | undefined>

const atOnce = 20

/**
 * Brings Schedules to what documents in force say of syncs. One that is new, or another, is run at once, and so is one that reads
 * a file of the configuration repository that is not what it was, or that missed a run. One that is frozen waits until it is not.
 * What was done is noted afterwards, so that a repetition goes on.
 */
export async function keepSyncs(dependencies: KeepSyncsDependencies, readFile: ReadConfigFile): Promise<void> {
  const { pool, store, workflows } = dependencies
  const syncs = await store.listSyncs(pool)
  const told = new Map((await store.listToldSchedules(pool)).map(({ id, hash }) => [id, hash]))
  if (syncs.length === 0 && told.size === 0) return
  const stale = await findStale(dependencies, readFile)
  const runnable = syncs.filter(({ isFrozen }) => !isFrozen)
  await someAtOnce(runnable, async (sync) => {
    const id = syncId(sync)
    const isOther = told.get(id) !== sync.hash
    if (isOther) await schedule(dependencies, sync)
    if (isOther || stale.has(id)) await workflows.syncAgain(placeOf(sync))
    if (isOther) await store.noteToldSchedule(pool, { id, hash: sync.hash })
  })
  await dropOthers(dependencies, { syncs, told: [...told.keys()] })
}

/** Makes every Schedule again where Temporal may have lost them; tells how many there are. */
export async function resumeSyncs(dependencies: KeepSyncsDependencies): Promise<number> {
  const { pool, store } = dependencies
  const syncs = await store.listSyncs(pool)
  await someAtOnce(syncs, async (sync) => schedule(dependencies, sync))
  await dropOthers(dependencies, { syncs, told: (await store.listToldSchedules(pool)).map(({ id }) => id) })
  return syncs.length
}

async function schedule({ workflows }: KeepSyncsDependencies, sync: Sync): Promise<void> {
  const { every, at } = sync.spec
  if (every === undefined && at === undefined) return workflows.dropSchedule(syncId(sync))
  await workflows.scheduleSync(placeOf(sync), {
    ...{ zone: sync.zone },
    ...(every === undefined ? {} : { every }),
    ...(at === undefined ? {} : { at }),
  })
}

async function dropOthers(
  { pool, store, workflows }: KeepSyncsDependencies,
  { syncs, told }: { readonly syncs: readonly Sync[]; readonly told: readonly string[] },
): Promise<void> {
  const wanted = new Set(syncs.map(syncId))
  const others = told.filter((id) => !wanted.has(id))
  await someAtOnce(others, async (id) => {
    await workflows.dropSchedule(id)
    await store.forgetToldSchedule(pool, id)
  })
}

/** The syncs that read a file which is another one at the commit in force. */
async function findStale(
  { pool, store }: KeepSyncsDependencies,
  readFile: ReadConfigFile,
): Promise<ReadonlySet<string>> {
  const { instance: commit } = await store.readApplied(pool)
  const files = await store.listReadFiles(pool)
  const stale = new Set<string>()
  if (commit === undefined) return stale
  const now = new Map<string, string>()
  for (const [id, read] of files) {
    for (const { path, hash } of read) {
      const found = now.get(path) ?? hashOfFile(await readFile(commit, path))
      now.set(path, found)
      if (found !== hash) stale.add(id)
    }
  }
  return stale
}

/** Hashes a file as it is noted; empty where there is none. */
export function hashOfFile(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : createHash('sha256').update(bytes).digest('hex')
}

async function someAtOnce<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += atOnce)
    await Promise.all(items.slice(start, start + atOnce).map(work))
}
