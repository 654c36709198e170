import type { Observation } from '../connectors/destination.ts'
import { GuildhallError } from '../core/errors.ts'
import type * as storeModule from '../store/index.ts'
import type { DeliveryKey } from '../store/index.ts'
import { destinationOf, type DestinationDependencies } from './destination-of.ts'

interface DryRunDependencies extends DestinationDependencies {
  readonly store: Pick<typeof storeModule, 'openStoredSnapshot' | 'readApplied' | 'readDestination'>
}

/** What a delivery would do at a destination; without a snapshot there is nothing to deliver. */
export type DryRun = DeliveryKey &
  (
    | {
        readonly kind: 'observed'
        readonly generation: number
        readonly there: number | null
        readonly observation: Observation
      }
    | { readonly kind: 'no-snapshot' }
    | { readonly kind: 'failed'; readonly code: string; readonly reason: string }
  )

/** Looks at a destination and tells how it differs from the newest snapshot; changes nothing. */
export async function dryRun(dependencies: DryRunDependencies, key: DeliveryKey, signal: AbortSignal): Promise<DryRun> {
  const { pool, store } = dependencies
  const { facility, service, destination } = key
  const target = { facility, service, destination }
  const declared = await store.readDestination(pool, target)
  const snapshot = await store.openStoredSnapshot(pool, target)
  if (declared === undefined || snapshot === undefined) return { ...target, kind: 'no-snapshot' }
  try {
    const observation = await destinationOf(dependencies, target, declared).observe(snapshot, {
      signal,
      reached: () => undefined,
    })
    const there = observation.generation ?? null
    return { ...target, kind: 'observed', generation: snapshot.generation, there, observation }
  } catch (error) {
    if (error instanceof GuildhallError) return { ...target, kind: 'failed', code: error.code, reason: error.message }
    return {
      ...target,
      kind: 'failed',
      code: 'UNKNOWN',
      reason: error instanceof Error ? error.message : String(error),
    }
  }
}
