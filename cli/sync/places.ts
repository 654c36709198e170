import type { Command } from 'commander'
import { GuildhallError } from '../../core/errors.ts'
import type { ListedSync } from '../../core/model/answers.ts'
import { whatThereIs } from '../../core/model/nearest.ts'
import { placeOf, syncId, type SyncedPlace } from '../../core/model/sync-place.ts'
import { named } from '../command.ts'
import type { OpenState } from '../system/state.ts'

/** Which syncs of a source are meant. */
export interface PlaceOptions {
  readonly vo?: string
  readonly group?: string
}

/** Lets a command take the options that choose among the syncs of a source. */
export function withPlaceOptions(command: Command): Command {
  return command
    .option('--vo <name>', 'only this VO', named('a name'))
    .option('--group <name>', 'only this group', named('a name'))
}

/** Lists the syncs that are meant; OBJECT_UNKNOWN where there is none. */
export async function findSyncs(
  { pool, store }: Pick<OpenState, 'pool' | 'store'>,
  source: string | undefined,
  { vo, group }: PlaceOptions,
): Promise<readonly ListedSync[]> {
  const filter = { ...(source && { source }), ...(vo && { vo }), ...(group && { group }) }
  const syncs = await store.listSyncStatus(pool, filter)
  if (syncs.length > 0 || Object.keys(filter).length === 0) return syncs
  const all = await store.listSyncStatus(pool)
  const known = [...new Set(all.map((sync) => sync.source))]
  if (source !== undefined && !known.includes(source))
    throw unknown(`source "${source}": no document in force asks for that${whatThereIs(source, known)}`)
  const places = all.filter((sync) => source === undefined || sync.source === source).map(nameOf)
  const wanted = [source, vo, group].filter(Boolean).join('/')
  throw unknown(`"${wanted}": no document in force asks for that${whatThereIs(wanted, new Set(places))}`)
}

function unknown(what: string): GuildhallError {
  return new GuildhallError('OBJECT_UNKNOWN', `Cannot sync from ${what}`)
}

/** The places of syncs, each once: who is in one and which groups lie below it are read together. */
export function placesOf(syncs: readonly ListedSync[]): readonly SyncedPlace[] {
  return [...new Map(syncs.map(placeOf).map((place) => [syncId(place), place])).values()]
}

/** Names a sync as its workflow does: `hr/astro`, `hr/astro/staff`. */
export function nameOf(sync: Parameters<typeof placeOf>[0]): string {
  return syncId(placeOf(sync)).slice('sync/'.length)
}
