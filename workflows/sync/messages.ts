import { defineSignal } from '@temporalio/workflow'
import type { EndedRun } from '../../core/model/ended-run.ts'
import { syncId, type SyncedPlace } from '../../core/model/sync-place.ts'
import { stateAttribute, voAttribute } from '../search-attributes.ts'
import { controlQueue } from '../task-queues.ts'

/** What a run came to: counts, and a digest where it is held. */
export interface SyncRun extends SyncedPart {
  /** The same of the groups that the source makes below the one that it fills; they come first. */
  readonly groups?: SyncedPart
}

export interface SyncedPart extends Omit<EndedRun, 'kind'> {
  /** `gone`: no document asks for it any more; `frozen`: the scope is. Neither is a run of its own. */
  readonly kind: EndedRun['kind'] | 'gone' | 'frozen'
}

/** What the source or the documents say may be otherwise: read again, after the run under way if there is one. */
export const syncChanged = defineSignal('syncChanged')

/** The options of the start of a sync: `client.workflow.start('sync', …)`. */
export function startSync(input: SyncedPlace) {
  const id = syncId(input)
  return {
    workflowId: id,
    taskQueue: controlQueue,
    args: [input] satisfies [SyncedPlace],
    memo: { source: input.source, vo: input.vo, ...(input.group === undefined ? {} : { group: input.group }) },
    staticSummary: `Sync ${id.slice('sync/'.length)}`,
    typedSearchAttributes: [
      { key: voAttribute, value: input.vo },
      { key: stateAttribute, value: 'reading' },
    ],
  }
}

/** The options of the signal-with-start after which a sync has read what is so now: `client.workflow.signalWithStart('sync', …)`. */
export function syncAgain(input: SyncedPlace) {
  return { ...startSync(input), signal: syncChanged, signalArgs: [] satisfies [] }
}
