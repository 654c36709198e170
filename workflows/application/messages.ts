import { defineSignal, defineUpdate } from '@temporalio/workflow'
import type { SettledAct } from '../../activities/applications.ts'
import { stateAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** Which application is looked after, by its number in PostgreSQL. */
export interface ApplicationInput {
  readonly id: number
}

/** How it ended. */
export interface ApplicationOutcome {
  readonly kind: 'approved' | 'gone' | 'rejected' | 'withdrawn'
}

/** What somebody did, by its number in PostgreSQL: text and identities stay there. */
export interface NotedActInput {
  readonly act: string
}

/** The application may be another: look again. */
export const applicationChanged = defineSignal('applicationChanged')

/** Somebody approved it; answers what came of it. */
export const approve = defineUpdate<SettledAct, [NotedActInput]>('approve')
/** Somebody rejected it. */
export const reject = defineUpdate<SettledAct, [NotedActInput]>('reject')
/** Somebody wants other answers. */
export const requestChanges = defineUpdate<SettledAct, [NotedActInput]>('requestChanges')
/** Whoever filed it gives other answers. */
export const resubmit = defineUpdate<SettledAct, [NotedActInput]>('resubmit')
/** An address was confirmed. */
export const verify = defineUpdate<SettledAct, [NotedActInput]>('verify')
/** Whoever filed it takes it back. */
export const withdraw = defineUpdate<SettledAct, [NotedActInput]>('withdraw')

/** Names the workflow of an application. */
export function applicationId(id: number): string {
  return `application/${id}`
}

function startOf(id: number) {
  const input: ApplicationInput = { id }
  return {
    workflowId: applicationId(id),
    taskQueue: controlQueue,
    args: [input] satisfies [ApplicationInput],
    memo: { id },
    staticSummary: `Application ${id}`,
    typedSearchAttributes: [{ key: stateAttribute, value: 'waiting' }],
  }
}

/** The options of the signal-with-start that makes sure an application is looked after: `client.workflow.signalWithStart('application', …)`. */
export function watchApplication(id: number) {
  return { ...startOf(id), signal: applicationChanged, signalArgs: [] satisfies [] }
}

/** The same for one that has ended: the workflow is told of it, and begun only where there never was one, as where a rule approved at once. */
export function finishApplication(id: number) {
  return { ...watchApplication(id), workflowIdReusePolicy: 'REJECT_DUPLICATE' as const }
}

/** The options with which an update starts the workflow where it does not run: `WithStartWorkflowOperation.create('application', …)`. */
export function startedByUpdate(id: number) {
  return { ...startOf(id), workflowIdConflictPolicy: 'USE_EXISTING' as const }
}
