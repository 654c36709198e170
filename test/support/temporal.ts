import { randomUUID } from 'node:crypto'
import { msToTs } from '@temporalio/common/lib/time.js'
import { Client, Connection } from '@temporalio/client'
import {
  NativeConnection,
  Runtime,
  Worker,
  makeTelemetryFilterString,
  DefaultLogger,
  type WorkerOptions,
} from '@temporalio/worker'
import { registerSearchAttributes } from '../../worker/embedded/search-attributes.ts'
import { testServer } from './test-server.ts'

/** A namespace of its own on the run's Temporal server. */
export interface TestTemporal {
  readonly address: string
  readonly namespace: string
  readonly taskQueue: string
  readonly connection: Connection
  readonly client: Client
  /** Runs the work beside a worker, which is shut down afterwards. */
  withWorker<T>(options: WorkerChoices, work: () => Promise<T>): Promise<T>
  close(): Promise<void>
}

type WorkerChoices = Pick<WorkerOptions, 'activities' | 'workflowsPath' | 'interceptors' | 'maxCachedWorkflows'> & {
  readonly taskQueue?: string
  readonly maxConcurrentActivityTaskExecutions?: number
}

let isInstalled = false

/** Makes a namespace for this test file, with our search attributes; ended by `close`. */
export async function createTestTemporal(): Promise<TestTemporal> {
  installRuntime()
  const address = testServer('GUILDHALL_TEST_TEMPORAL')
  const namespace = `test-${randomUUID()}`
  const taskQueue = 'test'
  const [connection, native] = await Promise.all([
    Connection.connect({ address }),
    NativeConnection.connect({ address }),
  ])
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  })
  await registerSearchAttributes(connection, namespace)
  return {
    address,
    namespace,
    taskQueue,
    connection,
    client: new Client({ connection, namespace }),
    withWorker: async (options, work) => {
      const worker = await Worker.create({
        ...(options.workflowsPath === undefined
          ? { workflowBundle: { codePath: testServer('GUILDHALL_TEST_BUNDLE') } }
          : {}),
        ...options,
        connection: native,
        namespace,
        taskQueue: options.taskQueue ?? taskQueue,
        shutdownGraceTime: '1s',
      })
      return worker.runUntil(work)
    },
    close: async () => {
      await connection.close()
      await native.close()
    },
  }
}

/** Warnings only, and no signal handlers: Jest owns those. */
function installRuntime(): void {
  if (isInstalled) return
  isInstalled = true
  Runtime.install({
    shutdownSignals: [],
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: {
      logging: { filter: makeTelemetryFilterString({ core: 'ERROR', other: 'ERROR' }), forward: {} },
    },
  })
}
