import { proxyActivities } from '@temporalio/workflow'
import type { RequestActivities } from '../../activities/request.ts'
import type { ResyncInput } from './messages.ts'

const { askForReconcile } = proxyActivities<RequestActivities>({ startToCloseTimeout: '10 s' })

/** Asks, on a Schedule, for a look at the whole repository: what poll and webhook missed is caught here. */
export async function resync({ instance }: ResyncInput): Promise<void> {
  await askForReconcile.executeWithOptions(
    { startToCloseTimeout: '10 s', summary: `Ask for a reconcile of ${instance}` },
    [{ instance, cause: 'schedule' }],
  )
}
