import {
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow'
import { placeOf, syncId, type SyncedPlace } from '../../core/model/sync-place.ts'
import type { SyncActivities } from '../../activities/sync.ts'
import { renderDetails } from '../details.ts'
import { stateAttribute } from '../search-attributes.ts'
import { syncQueue } from '../task-queues.ts'
import { syncChanged, type SyncRun } from './messages.ts'

/**
 * A run may last as long as it goes on: that it does is what its heartbeats tell, and how long a read may take is for its source to say.
 * No such limit comes near to this one, which the server asks for.
 */
const running = { taskQueue: syncQueue, heartbeatTimeout: '15 s', startToCloseTimeout: '60 days' } as const
const { runSync } = proxyActivities<SyncActivities>(running)

/**
 * One sync from a source: a run, and another one where somebody said meanwhile that there is something else to read. What the source
 * fails with is what the run came to; only what Guildhall itself needs is waited for.
 */
export async function sync(input: SyncedPlace): Promise<SyncRun> {
  let asked = 0
  setHandler(syncChanged, () => {
    asked += 1
  })
  const place = placeOf(input)
  for (;;) {
    // What came with the start is answered by the first run.
    const heard = asked
    setCurrentDetails(renderDetails({ waitingFor: 'the source', sinceAt: Date.now() }))
    const run = await runSync.executeWithOptions({ ...running, summary: `Read ${syncId(place)}` }, [
      { ...place, at: Date.now() },
    ])
    upsertSearchAttributes([{ key: stateAttribute, value: run.kind }])
    if (asked === heard) {
      await condition(allHandlersFinished)
      return run
    }
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished)
      return continueAsNew<typeof sync>(place)
    }
  }
}
