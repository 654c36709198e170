import { rmSync } from 'node:fs'
import { waitUntil } from '../../worker/embedded/processes.ts'
import { startSmtp, type TestSmtp } from '../support/smtp.ts'
import { createPeople, read, type People } from './application-people.ts'
import { copyTemplate, lastLinesOf, leftovers, patienceMs, type Template } from './home.ts'
import { startExposed, type Exposed, type Loss } from './losses.ts'
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

interface Staging {
  readonly template: Template
  readonly folder: string
  readonly loss: Loss
}

/** Runs a system for as long as the work lasts, and tells what is left behind. */
export async function inScene(
  { template, folder, loss }: Staging,
  work: (scene: Scene) => Promise<readonly Verdict[]>,
): Promise<readonly Verdict[]> {
  const { home, repository } = copyTemplate(template, folder)
  const smtp = await startSmtp()
  const { system } = startExposed({
    ...{ home, repository, loss },
    env: { GUILDHALL_SMTP_URL: smtp.url, GUILDHALL_MAIL_FROM: 'guildhall@example.org' },
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
