import type { Destination, DestinationEnvironment, DestinationType } from '../connectors/destination.ts'
import { GuildhallError } from '../core/errors.ts'
import type { JsonObject } from '../core/model/json.ts'
import type * as storeModule from '../store/index.ts'
import type { Pool } from '../store/index.ts'
import type { DeliveryTarget } from '../workflows/delivery/messages.ts'
import type { ReadConfigFile } from './keep-syncs.ts'

/** What destinations are made of. */
export interface DestinationDependencies {
  readonly pool: Pool
  readonly store: Pick<typeof storeModule, 'readApplied'>
  readonly destinationTypes: ReadonlyMap<string, DestinationType>
  /** What the destinations of one facility may use. */
  readonly environment: (facility: string) => Omit<DestinationEnvironment, 'configFile' | 'destination'>
  readonly readFile: ReadConfigFile
}

/** Makes a destination of what its facility declares; DESTINATION_OPTIONS_INVALID where it is of no type that there is. */
export function destinationOf(
  dependencies: DestinationDependencies,
  { facility, destination }: Pick<DeliveryTarget, 'destination' | 'facility'>,
  declared: { readonly type: string; readonly options: JsonObject },
): Destination {
  const { destinationTypes, environment } = dependencies
  const type = destinationTypes.get(declared.type)
  if (type === undefined) {
    throw new GuildhallError(
      'DESTINATION_OPTIONS_INVALID',
      `Cannot deliver to "${facility}/${destination}": there is no destination type "${declared.type}"; use one of ${[...destinationTypes.keys()].join(', ')}`,
    )
  }
  return type.create(declared.options, {
    ...environment(facility),
    destination,
    configFile: async (path) => readInForce(dependencies, path),
  })
}

async function readInForce({ pool, store, readFile }: DestinationDependencies, path: string): Promise<Uint8Array> {
  const { instance: commit } = await store.readApplied(pool)
  const bytes = commit === undefined ? undefined : await readFile(commit, path)
  if (bytes !== undefined) return bytes
  throw new GuildhallError(
    'DESTINATION_OPTIONS_INVALID',
    `Cannot read "${path}": the configuration repository has no such file; add it, or correct the path`,
    { facts: { path } },
  )
}
