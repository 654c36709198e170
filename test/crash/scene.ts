import { rmSync } from 'node:fs'
import { waitUntil } from '../../worker/embedded/processes.ts'
import { startSmtp, type TestSmtp } from '../support/smtp.ts'
import { createPeople, read, type People } from './application-people.ts'
import { copyTemplate, lastLinesOf, leftovers, patienceMs, type Places, type Template } from './home.ts'
import { startExposed, type Exposed, type Start } from './losses.ts'
import { isReady } from './readiness.ts'

/** What came of one kill, or of what follows from several. */
export interface Verdict {
  readonly name: string
  readonly faults: readonly string[]
  readonly tookMs?: number
}

/** A system to which it happens, and the people who use it. */
export interface Scene extends Exposed {
  readonly smtp: TestSmtp
  readonly people: People
}

/** Where a system is run, and what happens to it. */
export interface Staging extends Omit<Start, keyof Places> {
  readonly template: Template
  readonly folder: string
}

/** Runs a system that people apply to for as long as the work lasts, and tells what is left behind. */
export async function inScene(
  staging: Staging,
  work: (scene: Scene) => Promise<readonly Verdict[]>,
): Promise<readonly Verdict[]> {
  const smtp = await startSmtp()
  const env = { GUILDHALL_SMTP_URL: smtp.url, GUILDHALL_MAIL_FROM: 'guildhall@example.org' }
  try {
    return await runExposed('application', { ...staging, env }, async (exposed) =>
      work({ ...exposed, smtp, people: createPeople({ home: exposed.home, smtp }) }),
    )
  } finally {
    await smtp.close()
  }
}

/** Runs a system for as long as the work lasts, and tells what is left behind. */
export async function runExposed(
  of: string,
  { template, folder, ...start }: Staging,
  work: (exposed: Exposed) => Promise<readonly Verdict[]>,
): Promise<readonly Verdict[]> {
  const exposed = startExposed({ ...start, ...copyTemplate(template, folder) })
  const { home, system, loss } = exposed
  const faults: string[] = []
  const verdicts: Verdict[] = []
  try {
    verdicts.push(...(await work(exposed)))
  } catch (error) {
    faults.push(error instanceof Error ? (error.stack ?? error.message) : String(error))
  } finally {
    const left = await system.stop()
    faults.push(...left.map((line) => `still runs: ${line}`), ...leftovers(home))
  }
  if ([...verdicts, { faults }].some((one) => one.faults.length > 0)) faults.push(...lastLinesOf(home, system))
  rmSync(folder, { recursive: true, force: true })
  return [...verdicts, { name: `${of}: ${loss}: what is left behind`, faults }]
}

/** Tells what was wrong, and how long it took to know. */
export async function judged(name: string, work: () => Promise<readonly string[]>): Promise<Verdict> {
  const from = performance.now()
  const faults = await work().catch((error: unknown) => [error instanceof Error ? error.message : String(error)])
  return { name, faults, tookMs: performance.now() - from }
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
