import { randomUUID } from 'node:crypto'
import { isGrpcServiceError, type Client, type Connection } from '@temporalio/client'
import { msToTs, tsToMs } from '@temporalio/common/lib/time.js'

/** gRPC's status for an execution that is not there. */
const notFound = new Set<number>([5])

interface Execution {
  readonly workflowId: string
  readonly runId?: string
}

/** Lets this execution's clock jump to its next timer whenever nothing else is left to do; its children inherit it. */
export async function skipTime(client: Client, { workflowId, runId }: Execution): Promise<void> {
  const namespace = client.options.namespace
  await client.connection.workflowService.updateWorkflowExecutionOptions({
    namespace,
    workflowExecution: { workflowId, ...(runId === undefined ? {} : { runId }) },
    workflowExecutionOptions: { timeSkippingConfig: { enabled: true } },
    updateMask: { paths: ['time_skipping_config'] },
  })
}

/** Lets this execution's clock run ahead to that moment, with all that its timers do on the way; without a timer it stays where it is. */
export async function skipTimeTo(client: Client, { workflowId }: Execution, at: Date): Promise<void> {
  const { namespace } = client.options
  const aheadMs = at.getTime() - (await timeOf(client, { workflowId }))
  if (aheadMs <= 0) return
  const fastForwardConfig = { id: randomUUID(), duration: msToTs(aheadMs) }
  await client.connection.workflowService.updateWorkflowExecutionOptions({
    ...{ namespace, workflowExecution: { workflowId }, updateMask: { paths: ['time_skipping_config'] } },
    workflowExecutionOptions: { timeSkippingConfig: { enabled: true, fastForwardConfig } },
  })
}

/** What the clock of this execution shows. */
export async function timeOf(client: Client, { workflowId }: Execution): Promise<number> {
  const { workflowService } = client.connection
  const { namespace } = client.options
  const { workflowExtendedInfo } = await workflowService.describeWorkflowExecution({
    ...{ namespace, execution: { workflowId } },
  })
  const now = workflowExtendedInfo?.timeSkippingInfo?.currentTime
  return now === null || now === undefined ? Date.now() : tsToMs(now)
}

/** Tells whether the server can skip time: asked for an execution that is not there, it then only misses that. */
export async function canSkipTime(connection: Connection, namespace: string): Promise<boolean> {
  try {
    await connection.workflowService.updateWorkflowExecutionOptions({
      namespace,
      workflowExecution: { workflowId: 'no-such-workflow' },
      workflowExecutionOptions: { timeSkippingConfig: { enabled: true } },
      updateMask: { paths: ['time_skipping_config'] },
    })
    return true
  } catch (error) {
    return isGrpcServiceError(error) && notFound.has(error.code)
  }
}
