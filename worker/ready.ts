import { commandLine, quoted } from '../api/command-line.ts'
import { homeToName, type WorkerConfig } from './config.ts'
import type { Dependencies } from './dependencies.ts'
import type { Endpoints } from './endpoints.ts'

/** How the first reconcile since the start ended. */
export interface FirstRun {
  readonly commit: string
  readonly outcome: string
  readonly errors: readonly string[]
}

const patienceMs = 120_000

/** Waits for the first reconcile after a run; undefined where there is none in time, or nobody waits for it here. */
export async function firstRun(
  { config, store, pool }: Dependencies,
  { after, isStopping }: { readonly after: number; readonly isStopping: () => boolean },
): Promise<FirstRun | undefined> {
  if (!config.roles.includes('worker')) return undefined
  const end = performance.now() + patienceMs
  while (performance.now() < end && !isStopping()) {
    // A server that died meanwhile is being started again.
    const runs = await store.readRuns(pool, 5).catch(() => [])
    const run = runs.find(({ id, outcome }) => id > after && outcome !== undefined)
    if (run !== undefined) {
      const { commit, outcome = '', findings } = run
      return { commit, outcome, errors: findings.map(({ message }) => message) }
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  return undefined
}

interface Ready {
  readonly endpoints: Endpoints
  readonly config: WorkerConfig
  readonly run: FirstRun | undefined
}

/** The same for a program, as one line; the database's address holds a password and stays in endpoints.json. */
export function readyLine({ endpoints, config, run }: Ready): string {
  const shown = { ...endpoints, database: undefined }
  return `${JSON.stringify({ ...shown, home: config.home, out: config.out, firstRun: run ?? null })}\n`
}

/** What is printed when everything runs: where it is, how the first reconcile ended, and three things to try. */
export function greeting({ endpoints, config, run }: Ready): string {
  const { api, temporalUi, configRepo } = endpoints
  const lines = [
    'Guildhall is ready.',
    ...(api === undefined ? [] : [`  API           ${api}`]),
    ...(temporalUi === undefined ? [] : [`  Temporal UI   ${temporalUi}`]),
    `  config repo   ${configRepo}`,
    `  output        ${config.out}`,
    `  first run     ${describe(run)}`,
    ...(run?.errors ?? []).slice(0, 5).map((error) => `                ${error}`),
  ]
  if (!config.isDev) return `${lines.join('\n')}\n`
  const { home } = homeToName(config)
  const tries = [
    'Try:',
    `  ${commandLine('status', home)}`,
    ...(configRepo.startsWith('/')
      ? [`  edit a file in ${configRepo}, then`, `  git -C ${quoted(configRepo)} commit -am change`]
      : ['  push a change to the config repo']),
    `  and see it arrive in ${config.out}`,
    `  ${commandLine('deliveries', home)}`,
  ]
  return `${[...lines, ...tries, 'Ctrl-C stops everything.'].join('\n')}\n`
}

function describe(run: FirstRun | undefined): string {
  if (run === undefined) return 'not finished yet; see the Temporal UI'
  const commit = run.commit === '' ? '' : ` at ${run.commit.slice(0, 12)}`
  return `${run.outcome}${commit}`
}
