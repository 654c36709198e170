import { defineSignal } from '@temporalio/workflow'
import { stateAttribute, voAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** Which delegation waits for its end, by its key in PostgreSQL. */
export interface DelegationInput {
  readonly id: number
}

/** A delegation that ends some day. */
export interface EndingDelegation extends DelegationInput {
  /** By name, where it is in one VO. */
  readonly vo?: string
}

export interface DelegationOutcome {
  /** It ended by itself, or somebody ended it before. */
  readonly kind: 'ended' | 'gone'
}

/** The delegation may be another: look again. */
export const delegationChanged = defineSignal('delegationChanged')

export function delegationId(id: number): string {
  return `delegation/${id}`
}

/** The options of the signal-with-start that makes sure a delegation ends: `client.workflow.signalWithStart('delegation', …)`. */
export function watchDelegation({ id, vo }: EndingDelegation) {
  const input: DelegationInput = { id }
  return {
    workflowId: delegationId(id),
    taskQueue: controlQueue,
    args: [input] satisfies [DelegationInput],
    signal: delegationChanged,
    signalArgs: [] satisfies [],
    memo: { id },
    staticSummary: `End of delegation ${id}`,
    typedSearchAttributes: [{ key: stateAttribute, value: 'waiting' }, ...voAttributes(vo)],
  }
}

/** The search attribute by which a delegation in a VO is found. */
export function voAttributes(vo: string | undefined) {
  return vo === undefined ? [] : [{ key: voAttribute, value: vo }]
}
