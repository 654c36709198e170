import type { Snapshot } from '../connectors/destination.ts'
import { GuildhallError } from '../core/errors.ts'
import type { JsonObject } from '../core/model/json.ts'
import type * as storeModule from '../store/index.ts'
import type { DeclaredDestination } from '../store/index.ts'
import type { DeliveryTarget } from '../workflows/delivery/messages.ts'
import { asActivity } from './border.ts'
import type { Reached } from './crash-point.ts'
import { destinationOf, type DestinationDependencies } from './destination-of.ts'

type Store = Pick<
  typeof storeModule,
  | 'listFreed'
  | 'openStoredSnapshot'
  | 'readApplied'
  | 'readDestination'
  | 'recordDelivered'
  | 'recordFailed'
  | 'withDeliveryLock'
>

export interface DeliveryDependencies extends DestinationDependencies {
  readonly store: Store
  readonly reached: Reached
}

export interface AttemptInput extends DeliveryTarget {
  readonly at: number
  /** Ends the try after so long; absent, only the attempt's own limit counts. */
  readonly withinMs?: number
  /** Asks the destination first, and sends only if it answers. */
  readonly isProbed?: boolean
}

export type AttemptResult =
  /** Names the services that waited for it there, where there are any. */
  | { readonly kind: 'delivered'; readonly generation: number; readonly frees?: readonly string[] }
  /** The destination, or its service, is no longer declared. */
  | { readonly kind: 'gone' }
  /** An operator keeps it from going out; whoever lifts that has it tried again. */
  | { readonly kind: 'blocked' }
  /** Another service has to be there first; once it is, this one is named by its result. */
  | { readonly kind: 'waiting' }
  /** Somebody else is delivering to it right now. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'failed'; readonly code: string; readonly reason: string }

export type AttemptActivities = ReturnType<typeof createDeliveryActivities>

/** Builds what propagation and `delivery/…` call. */
export function createDeliveryActivities(dependencies: DeliveryDependencies) {
  return {
    /**
     * Makes one try at bringing the newest snapshot to a destination. Repeating it is safe: the destination keeps what
     * it has when it is the same and refuses what is older, and an advisory lock lets one try at a time through.
     */
    attemptDelivery: asActivity(async (input: AttemptInput, { signal }): Promise<AttemptResult> => {
      const { pool, store } = dependencies
      const result = await store.withDeliveryLock(pool, input, async () => attempt(dependencies, input, signal))
      return result ?? { kind: 'busy' }
    }),
  }
}

async function attempt(
  dependencies: DeliveryDependencies,
  input: AttemptInput,
  cancelled: AbortSignal,
): Promise<AttemptResult> {
  const { pool, store, reached } = dependencies
  reached('delivery.before')
  const declared = await store.readDestination(pool, input)
  if (declared === undefined) return { kind: 'gone' }
  if (declared.isBlocked) return { kind: 'blocked' }
  if (declared.isWaiting) return { kind: 'waiting' }
  const snapshot = await store.openStoredSnapshot(pool, input)
  if (snapshot === undefined) return { kind: 'gone' }
  const { generation } = snapshot
  if (isThere(declared, snapshot)) return delivered(dependencies, { input, declared, generation })
  const signal =
    input.withinMs === undefined ? cancelled : AbortSignal.any([cancelled, AbortSignal.timeout(input.withinMs)])
  const work = { input, declared, snapshot, signal }
  const at = new Date(input.at)
  try {
    const receipt = await send(dependencies, work)
    reached('delivery.after')
    await store.recordDelivered(pool, {
      ...targetOf(input),
      generation: receipt.generation,
      hash: receipt.hash,
      at,
      againAt: declared.againAt,
    })
    return await delivered(dependencies, { input, declared, generation: receipt.generation })
  } catch (error) {
    const failure = describe(error, signal)
    await store.recordFailed(pool, { ...targetOf(input), generation, error: failure.reason, at })
    return { kind: 'failed', ...failure }
  }
}

interface Arrived {
  readonly input: AttemptInput
  readonly declared: Pick<DeclaredDestination, 'isAwaited'>
  readonly generation: number
}

async function delivered(
  { pool, store }: DeliveryDependencies,
  { input, declared, generation }: Arrived,
): Promise<AttemptResult> {
  const frees = declared.isAwaited ? await store.listFreed(pool, targetOf(input)) : []
  return { kind: 'delivered', generation, ...(frees.length === 0 ? {} : { frees }) }
}

/** Unless somebody asks for it again. */
function isThere(
  { delivered, againAt }: DeclaredDestination,
  { generation, hash }: Pick<Snapshot, 'generation' | 'hash'>,
): boolean {
  return againAt === undefined && delivered?.hash === hash && delivered.generation === generation
}

interface Work {
  readonly input: AttemptInput
  readonly declared: { readonly type: string; readonly options: JsonObject }
  readonly snapshot: Snapshot
  readonly signal: AbortSignal
}

async function send(dependencies: DeliveryDependencies, { input, declared, snapshot, signal }: Work) {
  const destination = destinationOf(dependencies, input, declared)
  const context = { signal, reached: dependencies.reached }
  if (input.isProbed === true) await destination.check(context)
  return destination.deliver(snapshot, context)
}

function describe(error: unknown, signal: AbortSignal): { code: string; reason: string } {
  if (signal.aborted) return { code: 'DESTINATION_UNREACHABLE', reason: 'the attempt took too long' }
  if (error instanceof GuildhallError) return { code: error.code, reason: error.message }
  return { code: 'UNKNOWN', reason: error instanceof Error ? error.message : String(error) }
}

function targetOf({ facility, service, destination }: DeliveryTarget): DeliveryTarget {
  return { facility, service, destination }
}
