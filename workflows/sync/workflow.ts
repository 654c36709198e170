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
import { syncId } from '../../core/model/sync-place.ts'
import type { SyncActivities } from '../../activities/sync.ts'
import { renderDetails } from '../details.ts'
import { stateAttribute } from '../search-attributes.ts'
import { syncQueue } from '../task-queues.ts'
import { syncChanged, type SyncInput, type SyncRun } from './messages.ts'

/** What a read of nobody may take, and what each thousand subjects may add. */
const leastMs = 60 * 60_000
const perThousandMs = 10_000

const running = { taskQueue: syncQueue, heartbeatTimeout: '15 s' } as const
const { runSync } = proxyActivities<SyncActivities>({ ...running, startToCloseTimeout: leastMs })

/**
 * One sync from a source: a run, and another one where somebody said meanwhile that there is something else to read. What the source
 * fails with is what the run came to; only what Guildhall itself needs is waited for.
 */
export async function sync(input: SyncInput): Promise<SyncRun> {
  let asked = 0
  setHandler(syncChanged, () => {
    asked += 1
  })
  const { expected = 0, ...place } = input
  let largest = expected
  for (;;) {
    // What came with the start is answered by the first run.
    const heard = asked
    setCurrentDetails(renderDetails({ waitingFor: 'the source', sinceAt: Date.now() }))
    const run = await runSync.executeWithOptions(
      { ...running, startToCloseTimeout: longestMs(largest), summary: `Read ${syncId(place)}` },
      [{ ...place, at: Date.now() }],
    )
    upsertSearchAttributes([{ key: stateAttribute, value: run.kind }])
    if (asked === heard) {
      await condition(allHandlersFinished)
      return run
    }
    largest = Math.max(largest, run.subjects)
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished)
      return continueAsNew<typeof sync>({ ...place, expected: largest })
    }
  }
}

function longestMs(subjects: number): number {
  return leastMs + Math.ceil(subjects / 1_000) * perThousandMs
}
