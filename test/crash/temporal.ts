import { Client, Connection } from '@temporalio/client'
import { endpointOf } from './readiness.ts'

/** Asks the Temporal server of a home; fails while it is away. */
export async function askTemporal<T>(home: string, work: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: endpointOf(home, 'temporal') ?? '' })
  try {
    return await work(new Client({ connection }))
  } finally {
    await connection.close()
  }
}

/** Nothing failed: something came while the workflow wanted to end, and the server has it look again. */
const heardMore = 'CAUSE_UNHANDLED_COMMAND'

/** Lists the tasks of workflows of a type that failed. */
export async function failedTasks({ workflow }: Client, type: string): Promise<readonly string[]> {
  const faults: string[] = []
  for await (const { workflowId, runId } of workflow.list({ query: `WorkflowType = '${type}'` })) {
    const { events } = await workflow.getHandle(workflowId, runId).fetchHistory()
    const failures = events?.flatMap(({ workflowTaskFailedEventAttributes: failure }) => failure ?? []) ?? []
    const told = failures.map((failure) => JSON.stringify(failure)).filter((failure) => !failure.includes(heardMore))
    faults.push(...told.map((failure) => `a task of ${workflowId} failed: ${failure}`))
  }
  return faults
}
