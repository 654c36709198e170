import type { Client, WorkflowHandle } from '@temporalio/client'
import type { ReconcileInput, ReconcileOutcome, ReconcileRequest } from '../../workflows/reconcile/messages.ts'
import type { System } from './find-system.ts'

type Reconcile = (input: ReconcileInput) => Promise<ReconcileOutcome>

/** Asks the reconcile workflow for one more look at the head; it is started if it is not running. */
export async function askForReconcile(
  client: Client,
  system: System,
  cause: ReconcileRequest['cause'],
): Promise<WorkflowHandle<Reconcile>> {
  const { requestReconcile } = await import('../../workflows/reconcile/messages.ts')
  const options = requestReconcile(system.instance, { cause })
  const { signaledRunId } = await client.workflow.signalWithStart('reconcile', options)
  return client.workflow.getHandle<Reconcile>(options.workflowId, signaledRunId)
}
