import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker'
import { controlQueue, deliveryQueue, syncQueue } from '../workflows/task-queues.ts'
import type { WorkerConfig } from './config.ts'
import type { Log } from './log.ts'

interface Workers {
  readonly config: Pick<WorkerConfig, 'deliveriesAtOnce' | 'namespace'>
  readonly address: string
  readonly activities: object
  readonly log: Log
}

export interface RunningWorkers {
  /** Lets what is under way end, by force after 5 s. */
  stop(): Promise<void>
}

const restartAfterMs = 1_000

/** Each keeps a connection to PostgreSQL for as long as its source takes. */
const syncsAtOnce = 6

/** Runs the workers of all task queues; one that fails, because its server went away, is started again. */
export async function runWorkers({ config, address, activities, log }: Workers): Promise<RunningWorkers> {
  const connection = await NativeConnection.connect({ address })
  const shared = {
    ...{ connection, activities },
    namespace: config.namespace,
    shutdownGraceTime: '2 s',
    shutdownForceTime: '5 s',
  } as const
  const control = keepWorker(log, {
    ...shared,
    ...workflowSource(),
    taskQueue: controlQueue,
    maxCachedWorkflows: 200,
    maxConcurrentActivityTaskExecutions: 20,
  })
  const delivery = keepWorker(log, {
    ...shared,
    taskQueue: deliveryQueue,
    maxConcurrentActivityTaskExecutions: config.deliveriesAtOnce,
  })
  const sync = keepWorker(log, {
    ...shared,
    taskQueue: syncQueue,
    maxConcurrentActivityTaskExecutions: syncsAtOnce,
    // Whoever waits for a run sees how far it has come.
    maxHeartbeatThrottleInterval: '2 s',
  })
  return {
    stop: async () => {
      await Promise.all([control.stop(), delivery.stop(), sync.stop()])
      await connection.close()
    },
  }
}

function keepWorker(log: Log, options: WorkerOptions): RunningWorkers {
  const stopping = new AbortController()
  const isStopping = () => stopping.signal.aborted
  let worker: Worker | undefined
  const loop = async (): Promise<void> => {
    while (!isStopping()) {
      try {
        worker = await Worker.create(options)
        const running = worker.run()
        if (isStopping()) worker.shutdown()
        await running
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error)
        const facts = { taskQueue: options.taskQueue, reason }
        log.warn(facts, isStopping() ? 'A worker did not end in good order' : 'A worker ended; starting it again')
        if (!isStopping()) await new Promise((resolve) => setTimeout(resolve, restartAfterMs))
      }
    }
  }
  const ended = loop()
  return {
    stop: async () => {
      stopping.abort()
      if (worker?.getState() === 'RUNNING') worker.shutdown()
      await ended
    },
  }
}

/** The bundle of the build; from sources it is made on the spot. */
function workflowSource(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const bundle = fileURLToPath(new URL('../workflows/bundle.js', import.meta.url))
  if (existsSync(bundle)) return { workflowBundle: { codePath: bundle } }
  const ending = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return { workflowsPath: fileURLToPath(new URL(`../workflows/index.${ending}`, import.meta.url)) }
}
