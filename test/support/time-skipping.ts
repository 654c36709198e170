import { isGrpcServiceError, type Client, type Connection } from '@temporalio/client'

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
