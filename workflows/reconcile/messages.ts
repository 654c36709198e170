import { defineQuery, defineSignal } from '@temporalio/workflow'
import type { Scope } from '../../core/model/scope.ts'
import { stateAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** Why somebody wants the head of the configuration repository brought into force. */
export interface ReconcileRequest {
  readonly cause: 'approval' | 'command' | 'lapse' | 'poll' | 'rest' | 'resume' | 'schedule' | 'start' | 'webhook'
}

/** What a reconcile workflow starts from; `requests` are those carried over from the run before. */
export interface ReconcileInput {
  readonly instance: string
  readonly requests?: readonly ReconcileRequest[]
}

/** A scope that could not be brought to the commit; why in words stands in the run's findings. */
export interface ScopeFailure {
  readonly scope: Scope
  readonly code: string
}

/** What became of the newest commit. */
export interface ReconcileOutcome {
  readonly kind: 'applied' | 'failed' | 'held' | 'nothing' | 'refused'
  readonly commit?: string
  /** Scopes brought to the commit by changes. */
  readonly applied: number
  readonly held: number
  readonly reason?: string
}

/** Where a reconcile stands right now. */
export interface ReconcileProgress {
  readonly step: 'apply' | 'done' | 'fetch' | 'plan'
  readonly commit?: string
  readonly last?: ReconcileOutcome
}

/** Asks for one more look at the head; requests that wait together are one. */
export const requested = defineSignal<[ReconcileRequest]>('requested')

/** Answers where the reconcile stands. */
export const progress = defineQuery<ReconcileProgress>('progress')

export function reconcileId(instance: string): string {
  return `reconcile/${instance}`
}

/** The options of the signal-with-start that asks for a reconcile: `client.workflow.signalWithStart('reconcile', …)`. */
export function requestReconcile(instance: string, request: ReconcileRequest) {
  const input: ReconcileInput = { instance }
  return {
    workflowId: reconcileId(instance),
    taskQueue: controlQueue,
    args: [input] satisfies [ReconcileInput],
    signal: requested,
    signalArgs: [request] satisfies [ReconcileRequest],
    memo: { instance },
    staticSummary: `Bring ${instance} to the newest commit`,
    typedSearchAttributes: [{ key: stateAttribute, value: 'fetch' }],
  }
}
