import { defineQuery, defineSignal } from '@temporalio/workflow'
import { facilityAttribute, stateAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** What changed at a facility: the services whose snapshots are stale, and how urgent it is (1 is first, 3 normal, 5 last). */
export interface Changed {
  readonly services: readonly string[]
  readonly priority: number
}

/** A first attempt still to be made. */
export interface Attempt {
  readonly service: string
  readonly destination: string
  /** What it has to deliver, at least. */
  readonly generation?: number
  /** 1 goes before everything else; 3 where absent. */
  readonly priority?: number
}

/** What a propagation starts from; what is not empty is carried over. */
export interface PropagationInput {
  readonly facility: string
  readonly changes?: readonly Changed[]
  readonly attempts?: readonly Attempt[]
}

export interface PropagationOutcome {
  readonly snapshots: number
  readonly delivered: number
  /** Destinations that got a delivery workflow. */
  readonly handedOver: number
}

/** Where a propagation stands right now. */
export interface PropagationProgress extends PropagationOutcome {
  readonly waiting: number
  readonly inFlight: number
}

/** Services of the facility are stale; changes that wait together are one. */
export const changed = defineSignal<[Changed]>('changed')

/** Answers how far the propagation is. */
export const propagationProgress = defineQuery<PropagationProgress>('progress')

export function propagationId(facility: string): string {
  return `propagation/${facility}`
}

/** The options of the signal-with-start that sends a facility's changes: `client.workflow.signalWithStart('propagation', …)`. */
export function propagate(facility: string, change: Changed) {
  const input: PropagationInput = { facility }
  return {
    workflowId: propagationId(facility),
    taskQueue: controlQueue,
    args: [input] satisfies [PropagationInput],
    signal: changed,
    signalArgs: [change] satisfies [Changed],
    memo: { facility },
    staticSummary: `Bring changes to ${facility}`,
    priority: { priorityKey: change.priority },
    typedSearchAttributes: [
      { key: facilityAttribute, value: facility },
      { key: stateAttribute, value: 'snapshot' },
    ],
  }
}
