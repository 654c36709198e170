import { userInfo } from 'node:os'
import { GuildhallError } from '../core/errors.ts'
import { readOperatorToken } from '../api/operator-token.ts'
import { readsFrom } from '../api/reads.ts'
import { startApi } from '../api/start.ts'
import { keptApiPort } from './api-port.ts'
import { homeToName } from './config.ts'
import { createActivities, type Dependencies } from './dependencies.ts'
import type { Env } from './embedded/temporal-binary.ts'
import type { Periodic } from './periodic.ts'
import { runPeriodically } from './periodic.ts'
import { startRelay } from './relay.ts'
import { resume } from './resume.ts'
import { runWorkers } from './run-workers.ts'
import { startWatcher } from './watcher.ts'

export interface RunningRoles {
  /** Where the API listens, if this process serves it. */
  readonly api: string | undefined
  /** Where the operator is known without a token. */
  readonly socket: string | undefined
  stop(): Promise<void>
}

interface Options {
  readonly env: Env
  readonly links: { readonly temporalUi?: string }
}

const hourlyMs = 60 * 60 * 1_000

/** Starts what this process is for; stopping ends the API first, then what looks outside, then the workers. */
export async function startRoles(dependencies: Dependencies, options: Options): Promise<RunningRoles> {
  const { roles } = dependencies.config
  const api = roles.includes('api') ? await startApiRole(dependencies, options) : undefined
  try {
    const worker = roles.includes('worker') ? await startWorkerRole(dependencies, options.env) : undefined
    return {
      ...{ api: api?.address, socket: api?.socket },
      stop: async () => {
        await api?.close()
        await worker?.stop()
      },
    }
  } catch (error) {
    await api?.close()
    throw error
  }
}

async function startApiRole(dependencies: Dependencies, { links }: Options) {
  const { addresses, client, config, log, metrics, pool, reached, store, workflows } = dependencies
  const port = config.port === 0 ? await keptApiPort(config.home) : config.port
  const now = (): Date => new Date()
  return startApi({
    ...{ port, host: config.host, socket: config.socket, log },
    deps: {
      reads: readsFrom(pool, now),
      withActs: (work) =>
        work({
          ...{ pool, store, now, userName: () => userInfo().username },
          withTemporal: (use) => {
            // Acts are written down before any workflow is told of them.
            reached('act.noted')
            return use(client)
          },
        }),
      operatorToken: () => readOperatorToken(config.operatorTokenFile),
      checkTemporal: async () => {
        await client.workflowService.getSystemInfo({})
      },
      requestReconcile: async () => workflows.reconcile(config.instance, { cause: 'webhook' }),
      metrics: metrics.registry,
      ...(config.webhookSecret === undefined ? {} : { webhookSecret: config.webhookSecret }),
      links: { ...links, configRepo: addresses.configRepo, ...homeToName(config) },
      now,
    },
  }).catch((cause: unknown) => {
    throw cannotListen(`${config.host}:${port}`, cause)
  })
}

function cannotListen(where: string, cause: unknown): GuildhallError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new GuildhallError(
    'ENVIRONMENT_INVALID',
    `Cannot serve the API on ${where}: ${reason}; set GUILDHALL_PORT to a port that is free, or leave it out, and GUILDHALL_HOST to an address of this machine`,
    { facts: { where }, cause },
  )
}

async function startWorkerRole(dependencies: Dependencies, env: Env): Promise<{ stop(): Promise<void> }> {
  const { addresses, config, log } = dependencies
  const late: { relay?: Periodic } = {}
  const activities = createActivities(dependencies, { env, nudge: () => late.relay?.nudge() })
  const workers = await runWorkers({ config, address: addresses.temporal, activities, log })
  try {
    const resumed = await resume({ ...dependencies, instance: config.instance })
    log.info({ ...resumed }, 'Resumed')
    late.relay = await startRelay({ ...dependencies, instance: config.instance, now: Date.now })
    const others = [late.relay, watch(dependencies), sweep(dependencies)]
    return {
      stop: async () => {
        await Promise.all(others.map((periodic) => periodic.stop()))
        await workers.stop()
      },
    }
  } catch (error) {
    await workers.stop()
    throw error
  }
}

function watch({ config, configuration, log, pool, store, workflows }: Dependencies): Periodic {
  return startWatcher({
    instance: config.instance,
    workflows,
    readHead: async (signal) => (await configuration.mirror.remoteHead(signal)) ?? '',
    lastRun: async () => {
      const [newest] = await store.readRuns(pool, 1)
      return newest?.outcome === undefined ? undefined : { commit: newest.commit, outcome: newest.outcome }
    },
    pollMs: config.pollMs,
    jitterMs: config.pollJitterMs,
    log,
    now: Date.now,
    chance: Math.random,
  })
}

/** Drops snapshots that nobody wants any more, and runs of syncs of long ago. */
function sweep({ log, pool, store }: Dependencies): Periodic {
  const work = async () => {
    await store.dropOldSnapshots(pool, new Date())
    await store.dropOldSyncRuns(pool, new Date())
  }
  return runPeriodically({ name: 'sweep', everyMs: () => hourlyMs, work, log })
}
