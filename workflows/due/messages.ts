import { controlQueue } from '../task-queues.ts'
import { syncId, type SyncedPlace } from '../../core/model/sync-place.ts'

/** Names what a Schedule starts where a sync is due. */
export function dueId(place: SyncedPlace): string {
  return `due/${syncId(place)}`
}

/** What a Schedule does when a sync is due. */
export function whenDue(place: SyncedPlace) {
  return {
    type: 'startWorkflow',
    workflowType: 'due',
    workflowId: dueId(place),
    taskQueue: controlQueue,
    args: [place] satisfies [SyncedPlace],
    memo: { ...place },
    staticSummary: `Ask for ${syncId(place)}`,
  } as const
}
