import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CrashPoint } from '../../activities/crash-point.ts'
import { waitUntil } from '../../worker/embedded/processes.ts'
import { patienceMs, type Places } from './home.ts'
import { isReady } from './readiness.ts'
import { runCli, startSystem, wipeTemporal, type System } from './system.ts'

/** What can happen to every system. */
export const losses = [
  'worker killed',
  'PostgreSQL killed',
  'Temporal killed',
  'worker killed, Temporal wiped',
] as const

export type Loss = (typeof losses)[number] | 'slapd killed'

/** What is killed. */
interface Victim {
  /** A file with the number of its process; undefined where the worker ends itself. */
  readonly pidFile: string | undefined
  /** How often it has died and was started again. */
  readonly times: () => number
}

/** Where in a home the number of a server stands. */
const pidFiles: Readonly<Partial<Record<Loss, string>>> = {
  'PostgreSQL killed': 'postgres/data/postmaster.pid',
  'Temporal killed': 'temporal/server.json',
}

/** A system to which the same happens again and again. */
export interface Exposed extends Places {
  readonly system: System
  readonly loss: Loss
  readonly victim: Victim
}

/** Where something is lost while something else is done: at which passing of a point. */
export interface Moment {
  readonly at: CrashPoint
  readonly passing: number
  readonly meanwhile: () => Promise<void>
}

export interface Start extends Places {
  readonly loss: Loss
  readonly env?: Readonly<Record<string, string>>
  /** Where that is no part of the system. */
  readonly victim?: Victim
}

/** Starts a system that waits for what `suffer` plans. */
export function startExposed({ home, repository, loss, env = {}, victim }: Start): Exposed {
  const system = startSystem({
    ...{ home, repository, livesAtMost: 50 },
    env: { GUILDHALL_ROLES: 'api,worker', ...env, GUILDHALL_CRASH_AT: planFileIn(home) },
    ...(loss === 'worker killed, Temporal wiped' && { whileDown: async () => wipeTemporal(home) }),
  })
  const pidFile = pidFiles[loss]
  const own = {
    pidFile: pidFile === undefined ? undefined : join(home, pidFile),
    times: () => (loss.startsWith('worker') ? system.deaths() : system.restarts()),
  }
  return { home, repository, system, loss, victim: victim ?? own }
}

/** Lets it happen, and waits until the system runs again; answers what `resume` told where that is for people to run. */
export async function suffer({ home, loss, victim }: Exposed, { at, passing, meanwhile }: Moment): Promise<string> {
  const before = victim.times()
  plan(home, [at, passing, ...(victim.pidFile === undefined ? [] : [victim.pidFile])].join(':'))
  await meanwhile()
  const hasHappened = () => !existsSync(planFileIn(home)) && victim.times() === before + 1
  if (!(await waitUntil(hasHappened, patienceMs))) throw new Error('the point was never reached')
  if (!(await waitUntil(async () => isReady(home), patienceMs))) throw new Error('it did not come back')
  return loss === 'worker killed, Temporal wiped' ? runCli(home, ['resume']) : ''
}

function planFileIn(home: string): string {
  return join(home, 'crash-plan')
}

/** Whole at once, as the process may look at any moment. */
function plan(home: string, text: string): void {
  writeFileSync(`${planFileIn(home)}.part`, text)
  renameSync(`${planFileIn(home)}.part`, planFileIn(home))
}
