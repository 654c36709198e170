import { proxyActivities } from '@temporalio/workflow'
import type { RequestActivities } from '../../activities/request.ts'
import { syncId, type SyncedPlace } from '../../core/model/sync-place.ts'

const { askForSync } = proxyActivities<RequestActivities>({ startToCloseTimeout: '10 s' })

/** Asks, on a Schedule, for a sync: one that is under way is left to go on, so that runs of a sync never overlap. */
export async function due(place: SyncedPlace): Promise<void> {
  await askForSync.executeWithOptions({ startToCloseTimeout: '10 s', summary: `Ask for ${syncId(place)}` }, [place])
}
