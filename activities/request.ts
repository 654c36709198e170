import type { ReconcileRequest } from '../workflows/reconcile/messages.ts'
import { asActivity } from './border.ts'
import type { WorkflowStarter } from './workflow-starter.ts'

export interface RequestDependencies {
  readonly workflows: Pick<WorkflowStarter, 'reconcile'>
}

export type RequestActivities = ReturnType<typeof createRequestActivities>

/** Builds what `resync/<instance>` calls. */
export function createRequestActivities({ workflows }: RequestDependencies) {
  return {
    /** Asks for a reconcile; requests that wait together are one, so asking twice changes nothing. */
    askForReconcile: asActivity(async ({ instance, cause }: ReconcileRequest & { readonly instance: string }) => {
      await workflows.reconcile(instance, { cause })
    }),
  }
}
