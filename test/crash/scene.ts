import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CrashPoint } from '../../activities/crash-point.ts'
import { waitUntil } from '../../worker/embedded/processes.ts'
import { startSmtp, type TestSmtp } from '../support/smtp.ts'
import { createPeople, read, type People } from './application-people.ts'
import { copyTemplate, lastLinesOf, leftovers, type Template } from './home.ts'
import { isReady } from './readiness.ts'
import { runCli, startSystem, wipeTemporal, type System } from './system.ts'
import { pidFileOf, type Victim } from './victims.ts'

/** What came of one kill, or of what follows from several. */
export interface Verdict {
  readonly name: string
  readonly faults: readonly string[]
  readonly tookMs?: number
}

/** What happens to a system. */
export type Loss = `${Victim} killed` | 'worker killed, Temporal wiped'

/** A system to which it happens, and the people who use it. */
export interface Scene {
  readonly home: string
  readonly smtp: TestSmtp
  readonly people: People
  readonly system: System
  readonly loss: Loss
}

interface Staging {
  readonly template: Template
  readonly folder: string
  readonly loss: Loss
}

export const patienceMs = 120_000
const livesAtMost = 50
const pidFiles: Readonly<Record<Loss, string | undefined>> = {
  'worker killed': pidFileOf('worker'),
  'PostgreSQL killed': pidFileOf('PostgreSQL'),
  'Temporal killed': pidFileOf('Temporal'),
  'worker killed, Temporal wiped': pidFileOf('worker'),
}

/** Runs a system for as long as the work lasts, and tells what is left behind. */
export async function inScene(
  { template, folder, loss }: Staging,
  work: (scene: Scene) => Promise<readonly Verdict[]>,
): Promise<readonly Verdict[]> {
  const { home, repository } = copyTemplate(template, folder)
  const smtp = await startSmtp()
  const system = startSystem({
    ...{ home, repository, livesAtMost },
    env: {
      GUILDHALL_ROLES: 'api,worker',
      GUILDHALL_SMTP_URL: smtp.url,
      GUILDHALL_MAIL_FROM: 'guildhall@example.org',
      GUILDHALL_CRASH_AT: planFileIn(home),
    },
    ...(loss === 'worker killed, Temporal wiped' && { whileDown: async () => wipeTemporal(home) }),
  })
  const faults: string[] = []
  const verdicts: Verdict[] = []
  try {
    verdicts.push(...(await work({ home, smtp, system, loss, people: createPeople({ home, smtp }) })))
  } catch (error) {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    const left = await system.stop()
    faults.push(...left.map((line) => `still runs: ${line}`), ...leftovers(home))
    await smtp.close()
  }
  if ([...verdicts, { faults }].some((one) => one.faults.length > 0)) faults.push(...lastLinesOf(home, system))
  rmSync(folder, { recursive: true, force: true })
  return [...verdicts, { name: `application: ${loss}: what is left behind`, faults }]
}

/** Where something is lost while something else is done: at which passing of a point. */
export interface Moment {
  readonly at: CrashPoint
  readonly passing: number
  readonly meanwhile: () => Promise<void>
}

/** Lets it happen, and waits until the system runs again; answers what `resume` told where that is for people to run. */
export async function suffer(scene: Scene, { at, passing, meanwhile }: Moment): Promise<string> {
  const { home, loss } = scene
  await untilQuiet(home)
  const before = lossesIn(scene)
  const pidFile = pidFiles[loss]
  plan(home, [at, passing, ...(pidFile === undefined ? [] : [join(home, pidFile)])].join(':'))
  await meanwhile()
  const hasHappened = () => !existsSync(planFileIn(home)) && lossesIn(scene) === before + 1
  if (!(await waitUntil(hasHappened, patienceMs))) throw new Error('the point was never reached')
  if (!(await waitUntil(async () => isReady(home), patienceMs))) throw new Error('it did not come back')
  return loss === 'worker killed, Temporal wiped' ? runCli(home, ['resume']) : ''
}

function lossesIn({ system, loss }: Scene): number {
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

/** Nothing is on its way, so that what passes a point next is what is asked for next. */
export async function untilQuiet(home: string): Promise<void> {
  const isQuiet = async () => {
    const [row] = await read<{ busy: boolean }>(
      home,
      `select exists (select from application_wake) or exists (select from mail_wake)
         or exists (select from application_act where outcome is null)
         or exists (select from mail where state in ('queued', 'ending')) or exists (select from mail_draft where untold is null) as busy`,
    )
    return row?.busy === false
  }
  const isCalm = async () => (await isReady(home)) && (await isQuiet())
  if (!(await waitUntil(isCalm, patienceMs))) throw new Error('something was on its way for too long')
}
