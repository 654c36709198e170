import type { SyncedPlace } from '../../core/model/sync-place.ts'
import type { OpenState } from '../system/state.ts'
import { withTemporal } from '../system/temporal.ts'

/** Has the syncs run whose next run may do what was held; where Temporal is away they run when they are due. */
export async function runApproved({ system }: OpenState, places: readonly SyncedPlace[]): Promise<void> {
  const { syncAgain } = await import('../../workflows/sync/messages.ts')
  const run = withTemporal(system, async (client) => {
    for (const place of places) await client.workflow.signalWithStart('sync', syncAgain(place))
  })
  await run.catch(() => undefined)
}
