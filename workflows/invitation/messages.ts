import { defineSignal } from '@temporalio/workflow'
import { stateAttribute, voAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** Which invitation waits for its end, by its number in PostgreSQL. */
export interface InvitationInput {
  readonly id: number
}

/** An invitation that ends some day, and the VO that it is to. */
export interface OpenInvitation extends InvitationInput {
  readonly vo: string
}

/** How the wait ended. */
export interface InvitationOutcome {
  /** Its day came, or somebody used it or took it back before. */
  readonly kind: 'ended' | 'expired'
}

/** The invitation may be another: look again. */
export const invitationChanged = defineSignal('invitationChanged')

/** Names the workflow of an invitation. */
export function invitationId(id: number): string {
  return `invitation/${id}`
}

/** The options of the signal-with-start that makes sure an invitation ends: `client.workflow.signalWithStart('invitation', …)`. */
export function watchInvitation({ id, vo }: OpenInvitation) {
  const input: InvitationInput = { id }
  return {
    workflowId: invitationId(id),
    taskQueue: controlQueue,
    args: [input] satisfies [InvitationInput],
    signal: invitationChanged,
    signalArgs: [] satisfies [],
    memo: { id },
    staticSummary: `End of invitation ${id}`,
    typedSearchAttributes: [
      { key: stateAttribute, value: 'waiting' },
      { key: voAttribute, value: vo },
    ],
  }
}
