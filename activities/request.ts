import type { ReconcileRequest } from '../workflows/reconcile/messages.ts'
import type { SyncedPlace } from '../core/model/sync-place.ts'
import { asActivity } from './border.ts'
import type { WorkflowStarter } from './workflow-starter.ts'

export interface RequestDependencies {
  readonly workflows: Pick<WorkflowStarter, 'reconcile' | 'startSync'>
}

export type RequestActivities = ReturnType<typeof createRequestActivities>

/** Builds what `resync/<instance>` and `due/sync/…` call. */
export function createRequestActivities({ workflows }: RequestDependencies) {
  return {
    /** Asks for a reconcile; requests that wait together are one, so asking twice changes nothing. */
    askForReconcile: asActivity(async ({ instance, cause }: ReconcileRequest & { readonly instance: string }) => {
      await workflows.reconcile(instance, { cause })
    }),

    /** Asks for a sync; where it is under way, nothing is asked. */
    askForSync: asActivity(async (place: SyncedPlace) => workflows.startSync(place)),
  }
}
