import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CrashPoint } from '../../activities/crash-point.ts'
import { waitUntil } from '../../worker/embedded/processes.ts'
import { patienceMs } from './home.ts'
import { isReady } from './readiness.ts'
import { runCli, startSystem, wipeTemporal, type System } from './system.ts'

/** What can happen to a system. */
export const losses = [
  'worker killed',
  'PostgreSQL killed',
  'Temporal killed',
  'worker killed, Temporal wiped',
] as const

export type Loss = (typeof losses)[number]

/** Where in a home the number of what is killed stands; the worker ends itself. */
const pidFiles: Readonly<Record<Loss, string | undefined>> = {
  'worker killed': undefined,
  'PostgreSQL killed': 'postgres/data/postmaster.pid',
  'Temporal killed': 'temporal/server.json',
  'worker killed, Temporal wiped': undefined,
}

/** A system to which the same happens again and again. */
export interface Exposed {
  readonly home: string
  readonly system: System
  readonly loss: Loss
}

/** Where something is lost while something else is done: at which passing of a point. */
export interface Moment {
  readonly at: CrashPoint
  readonly passing: number
  readonly meanwhile: () => Promise<void>
}

interface Start {
  readonly home: string
  readonly repository: string
  readonly loss: Loss
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a system that waits for what `suffer` plans. */
export function startExposed({ home, repository, loss, env = {} }: Start): Exposed {
  const system = startSystem({
    ...{ home, repository, livesAtMost: 50 },
    env: { GUILDHALL_ROLES: 'api,worker', ...env, GUILDHALL_CRASH_AT: planFileIn(home) },
    ...(loss === 'worker killed, Temporal wiped' && { whileDown: async () => wipeTemporal(home) }),
  })
  return { home, system, loss }
}

/** Lets it happen, and waits until the system runs again; answers what `resume` told where that is for people to run. */
export async function suffer(exposed: Exposed, { at, passing, meanwhile }: Moment): Promise<string> {
  const { home, loss } = exposed
  const before = lossesIn(exposed)
  const pidFile = pidFiles[loss]
  plan(home, [at, passing, ...(pidFile === undefined ? [] : [join(home, pidFile)])].join(':'))
  await meanwhile()
  const hasHappened = () => !existsSync(planFileIn(home)) && lossesIn(exposed) === before + 1
  if (!(await waitUntil(hasHappened, patienceMs))) throw new Error('the point was never reached')
  if (!(await waitUntil(async () => isReady(home), patienceMs))) throw new Error('it did not come back')
  return loss === 'worker killed, Temporal wiped' ? runCli(home, ['resume']) : ''
}

function lossesIn({ system, loss }: Exposed): number {
  return loss.startsWith('worker') ? system.deaths() : system.restarts()
}

function planFileIn(home: string): string {
  return join(home, 'crash-plan')
}

/** Whole at once, as the process may look at any moment. */
function plan(home: string, text: string): void {
  writeFileSync(`${planFileIn(home)}.part`, text)
  renameSync(`${planFileIn(home)}.part`, planFileIn(home))
}
