import { mkdir } from 'node:fs/promises'
import { Runtime } from '@temporalio/worker'
import { readConfig, type WorkerConfig } from './config.ts'
import { headBranch, makeConfigRepo } from './config-repo.ts'
import { tellDenied } from './denied.ts'
import { gitEnvironment, openDependencies, type Dependencies } from './dependencies.ts'
import { removeEndpoints, writeEndpoints, type Endpoints } from './endpoints.ts'
import { takeHome } from './home.ts'
import { openLog, temporalLogger, type Log } from './log.ts'
import { firstRun, greeting, readyLine } from './ready.ts'
import { startRoles, type RunningRoles } from './roles.ts'
import { openPostgres, openTemporal, type KeptServer } from './servers.ts'
import { describe, describeAsJson, stopAll, type Stop } from './stops.ts'

/** For a program: one line of JSON when ready, errors as the other commands write them. */
const isForProgram = process.argv.includes('--json')

/** Below the 15 s after which `npm start`, and others that run us, end us by force. */
const patienceMs = 14_000

await runProcess()

async function runProcess(): Promise<void> {
  const stops: Stop[] = []
  let log: Log | undefined
  let stopping: Promise<void> | undefined
  const stop = (code: number) => {
    stopping ??= stopAll(stops, { log, patienceMs }).then((isInTime) => process.exit(isInTime ? code : 1))
  }
  // Before the first server starts, so that none is ever left behind.
  process.on('SIGINT', () => stop(0))
  process.on('SIGTERM', () => stop(0))
  try {
    const config = readConfig(process.env, process.cwd())
    log = openLog(config.logLevel)
    Runtime.install({ shutdownSignals: [], logger: temporalLogger(log) })
    await start({ config, log, stops, isStopping: () => stopping !== undefined, onLost: () => stop(1) })
  } catch (error) {
    const told = tellDenied(error)
    if (stopping === undefined) process.stderr.write(isForProgram ? describeAsJson(told) : `${describe(told)}\n`)
    stop(1)
  }
}

interface Starting {
  readonly config: WorkerConfig
  readonly log: Log
  readonly stops: Stop[]
  readonly isStopping: () => boolean
  readonly onLost: () => void
}

async function start({ config, log, stops, isStopping, onLost }: Starting): Promise<void> {
  // What was given is nobody's to stop: any number of processes may use it.
  const keepsServers = config.databaseUrl === undefined || config.temporalAddress === undefined
  if (keepsServers) {
    const giveBack = takeHome(config.home)
    stops.push({ name: 'home', stop: async () => giveBack() })
  } else {
    await mkdir(config.home, { recursive: true })
  }
  const lost = (reason: string) => {
    log.error({ reason }, 'A server is lost; stopping')
    onLost()
  }
  const late: { announce?: () => Promise<void> } = {}
  const keeping = { config, log, onBack: () => void late.announce?.(), onLost: lost, env: process.env }
  const opening = { postgres: openPostgres(keeping), temporal: openTemporal(keeping) }
  // At once, so that a server that is still starting is not left behind.
  stops.push({ name: 'PostgreSQL', ...opening.postgres }, { name: 'Temporal', ...opening.temporal })
  const [postgres, temporal] = await Promise.all([opening.postgres.ready, opening.temporal.ready])
  const environment = gitEnvironment(process.env)
  const url = config.configRepo ?? (await makeConfigRepo({ home: config.home, secrets: config.secrets, environment }))
  const branch = config.branch ?? (await headBranch({ url, allowsFiles: config.isDev, environment }))
  const addresses = { database: postgres.address, temporal: temporal.address, configRepo: url, branch }
  const dependencies = await openDependencies({ config, addresses, log, env: process.env })
  stops.push({ name: 'connections', stop: async () => dependencies.close() })
  const lastRun = await lastRunId(dependencies)
  const links = temporal.uiUrl === undefined ? {} : { temporalUi: temporal.uiUrl }
  const running = await startRoles(dependencies, { env: process.env, links })
  stops.push({ name: 'roles', stop: async () => running.stop() })
  const run = await firstRun(dependencies, { after: lastRun, isStopping })
  if (isStopping()) return
  const endpoints = () => endpointsOf({ config, dependencies, running, postgres, temporal })
  late.announce = async () => writeEndpoints(config.home, endpoints())
  stops.push({ name: 'endpoints', stop: async () => removeEndpoints(config.home) })
  await late.announce()
  const ready = { endpoints: endpoints(), config, run }
  process.stdout.write(isForProgram ? readyLine(ready) : greeting(ready))
}

interface Running {
  readonly config: WorkerConfig
  readonly dependencies: Dependencies
  readonly running: RunningRoles
  readonly postgres: KeptServer
  readonly temporal: KeptServer
}

function endpointsOf({ config, dependencies, running, postgres, temporal }: Running): Endpoints {
  const pids = { worker: process.pid, postgres: postgres.pid(), temporal: temporal.pid() }
  const known = Object.entries(pids).flatMap(([name, pid]) => (pid === undefined ? [] : [[name, pid] as const]))
  return {
    ...(running.api === undefined ? {} : { api: running.api }),
    ...(running.socket === undefined ? {} : { socket: running.socket }),
    temporal: temporal.address,
    ...(temporal.uiUrl === undefined ? {} : { temporalUi: temporal.uiUrl }),
    database: postgres.address,
    configRepo: dependencies.addresses.configRepo,
    instance: config.instance,
    namespace: config.namespace,
    pids: Object.fromEntries(known),
  }
}

async function lastRunId({ store, pool }: Dependencies): Promise<number> {
  const [newest] = await store.readRuns(pool, 1)
  return newest?.id ?? 0
}
