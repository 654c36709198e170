import { defineSignal } from '@temporalio/workflow'
import { facilityAttribute, stateAttribute, voAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** Which ban waits for its end, by its key in PostgreSQL. */
export interface BanInput {
  readonly id: number
}

/** What a ban is from, by name. */
interface BanPlace {
  /** Of a ban from a VO or a resource of it. */
  readonly vo?: string
  /** Of a ban from a facility or a resource on it. */
  readonly facility?: string
}

/** A ban that ends some day. */
export interface EndingBan extends BanInput, BanPlace {}

export interface BanOutcome {
  /** It ended by itself, or somebody lifted or replaced it before. */
  readonly kind: 'ended' | 'gone'
}

/** The ban may be another: look again. */
export const banChanged = defineSignal('banChanged')

export function banId(id: number): string {
  return `ban/${id}`
}

/** The options of the signal-with-start that makes sure a ban ends: `client.workflow.signalWithStart('ban', …)`. */
export function watchBan({ id, ...place }: EndingBan) {
  const input: BanInput = { id }
  return {
    workflowId: banId(id),
    taskQueue: controlQueue,
    args: [input] satisfies [BanInput],
    signal: banChanged,
    signalArgs: [] satisfies [],
    memo: { id },
    staticSummary: `End of ban ${id}`,
    typedSearchAttributes: [{ key: stateAttribute, value: 'waiting' }, ...placeAttributes(place)],
  }
}

/** The search attributes by which a ban is found. */
export function placeAttributes({ vo, facility }: BanPlace) {
  return [
    ...(vo === undefined ? [] : [{ key: voAttribute, value: vo }]),
    ...(facility === undefined ? [] : [{ key: facilityAttribute, value: facility }]),
  ]
}
