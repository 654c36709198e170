import { expect } from '@jest/globals'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { applicationId } from '../../../workflows/application/messages.ts'
import { clockId } from '../../../workflows/expiry/messages.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { run, type Ran } from '../../cli/run-program.ts'
import { startSmtp } from '../../support/smtp.ts'
import { skipTimeTo, timeOf } from '../../support/time-skipping.ts'
import { keysTo } from '../store/send-mails.ts'
import { openWorld, type World } from './world.ts'

/** People who apply by the command in the course of years, on real servers; what they get is read from files and from their mail. */
export interface Story {
  readonly world: World
  /** Lets everything that sleeps sleep until noon of this day, and does what follows. */
  passTo(day: string): Promise<void>
  /** Brings these files into force on this day, and does what follows. */
  commit(files: ReadonlyMap<string, string>): Promise<void>
  /** Runs the command at this moment of the story, and does what follows; fails where the command does. */
  guildhall(...args: readonly string[]): Promise<string>
  /** Runs the command so often, one after the other, and does what follows of all together. */
  inTurn(commands: readonly (readonly string[])[]): Promise<void>
  /** Files applications, and lets the clocks of their workflows come to this moment. */
  file(...filings: readonly Filing[]): Promise<readonly string[]>
  /** Why an application is refused. */
  refusedFiling(filing: Filing): Promise<string>
  /** Why the command is refused, which answers in JSON. */
  refused(...args: readonly string[]): Promise<string>
  /** Everybody in this VO, with status and date. */
  members(vo: string): Promise<Readonly<Record<string, string>>>
  /** Whom the delivered file names in this VO, with status and uid. */
  delivered(vo: string): Readonly<Record<string, string>>
  /** The mails that came to this address, whose long lines are whole again. */
  mailTo(address: string): readonly { readonly subject: string; readonly content: string }[]
  /** The key that the newest mail to this address brings. */
  keyTo(address: string): string
  close(): Promise<void>
}

interface Filing {
  readonly vo: string
  readonly identity: string
  readonly kind?: 'extension' | 'initial'
  readonly answers?: Readonly<Record<string, unknown>>
}

/** What a story begins with. */
interface Beginning {
  /** Its first day, later than today on any clock: the clocks of workflows go forward only. */
  readonly from: string
  readonly files: ReadonlyMap<string, string>
  readonly vos: readonly string[]
}

const hourMs = 3_600_000

/** Opens a story. */
export async function openStory({ from, files, vos }: Beginning): Promise<Story> {
  const smtp = await startSmtp()
  let today = from
  const now = () => new Date(`${today}T12:00:00Z`)
  const world = await openWorld({
    settings: { GUILDHALL_SMTP_URL: smtp.url, GUILDHALL_MAIL_FROM: 'guildhall@example.org' },
    // These workflows end whenever there is nothing to do, so no clock of their own can be ahead. That of a VO is a little, so mail goes out later.
    instead: (made) => ({
      sendMails: async () => made.sendMails({ now: now().getTime() + hourMs }),
      planConfiguration: async (input) => made.planConfiguration({ ...input, at: now().getTime() }),
      applyScope: async (input) => made.applyScope({ ...input, at: now().getTime() }),
    }),
  })
  const { client, pool, store, workflows } = world.parts

  const mailIsOut = async (): Promise<boolean> => {
    const { rows } = await pool.query<{ waits: boolean }>(
      `select exists (select from mail where state in ('queued', 'ending')) or exists (select from mail_draft where untold is null) as waits`,
    )
    return rows[0]?.waits === false
  }
  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    if (!(await waitUntil(holds, 30_000))) throw new Error(`${today}: waited in vain until ${what}`)
  }
  const follow = async (): Promise<void> => {
    await world.propagate()
    await until('all is delivered', async () => (await store.listDeliveries(pool, { state: 'pending' })).length === 0)
    await until('all mail is out', mailIsOut)
  }
  const catchUpClock = async (vo: string): Promise<void> => {
    const isDue = async () => ((await store.nextDue(pool, vo))?.at?.getTime() ?? Infinity) <= now().getTime()
    if (!(await isDue())) return
    await workflows.wakeClock(vo)
    await skipTimeTo(client, { workflowId: clockId(vo) }, now())
    await until(`nothing is due in ${vo}`, async () => !(await isDue()))
  }
  const catchUpApplication = async (id: string): Promise<void> => {
    const execution = { workflowId: applicationId(Number(id)) }
    await skipTimeTo(client, execution, now())
    await until(
      `application ${id} has come there`,
      async () => (await timeOf(client, execution)) >= now().getTime() - 1_000,
    )
  }
  const passTo = async (day: string): Promise<void> => {
    today = day
    await world.propagate()
    await Promise.all(vos.map(catchUpClock))
    await follow()
  }
  const commit: Story['commit'] = async (committed) => {
    await world.commit(committed)
    expect(await world.settle()).toMatchObject({ kind: 'applied' })
    await follow()
  }
  const command = async (args: readonly string[]): Promise<Ran> => run(args, { env: world.environment, now })
  const succeeding = async (args: readonly string[]): Promise<string> => {
    const { exitCode, stdout, stderr } = await command(args)
    if (exitCode !== 0) throw new Error(`${today}: guildhall ${args.join(' ')}: ${stdout}${stderr}`)
    return stdout
  }
  const guildhall = async (...args: readonly string[]): Promise<string> => {
    const printed = await succeeding(args)
    await follow()
    return printed
  }
  const inTurn: Story['inTurn'] = async (commands) => {
    for (const args of commands) await succeeding(args)
    await follow()
  }
  const members: Story['members'] = async (vo) => {
    const { members: list } = await store.listMembers(pool, { vo })
    return Object.fromEntries(list.map(({ user, status, expires }) => [user, [status, expires].join(' ').trim()]))
  }
  const close = async (): Promise<void> => {
    await world.close()
    await smtp.close()
  }
  try {
    await commit(files)
    await passTo(from)
  } catch (error) {
    await close()
    throw error
  }
  return {
    ...{ world, close, commit, guildhall, inTurn, members, passTo },
    file: async (...filings) => {
      const ids: string[] = []
      for (const filing of filings) ids.push(numberIn(await succeeding(submission(filing))))
      await world.propagate()
      await Promise.all(ids.map(catchUpApplication))
      await follow()
      return ids
    },
    refusedFiling: async (filing) => reasonIn(await command(submission(filing))),
    refused: async (...args) => reasonIn(await command([...args, '--json'])),
    keyTo: (address) => keysTo(smtp, address).at(-1) ?? 'none came',
    delivered: (vo) => membersIn(readFileSync(join(world.out, 'hpc', 'people', 'people.json'), 'utf8'), vo),
    mailTo: (address) =>
      smtp.taken
        .filter(({ recipient }) => recipient === address)
        .map(({ content }) => ({
          subject: /^Subject: (.*)\r$/m.exec(content)?.[1] ?? '',
          content: content.replace(/=\r\n/g, ''),
        })),
  }
}

function submission({ vo, identity, kind = 'initial', answers = {} }: Filing): readonly string[] {
  const given = Object.entries(answers).flatMap(([name, value]) => ['--answer', `${name}=${JSON.stringify(value)}`])
  const extension = kind === 'extension' ? ['--extension'] : []
  return ['application', 'submit', vo, ...extension, '--as', identity, ...given, '--json']
}

function numberIn(printed: string): string {
  const { applications } = JSON.parse(printed) as { applications: readonly { application: number }[] }
  return String(applications[0]?.application)
}

function reasonIn({ exitCode, stdout, stderr }: Ran): string {
  if (exitCode === 0) return `nothing: ${stdout}`
  const { error } = JSON.parse(stderr) as { error: { code: string; facts?: { reason?: string } } }
  return error.facts?.reason ?? error.code
}

interface People {
  readonly resources: readonly {
    readonly vo: string
    readonly members: readonly {
      readonly identities: readonly string[]
      readonly status: string
      readonly attributes: Readonly<Record<string, unknown>>
    }[]
  }[]
}

function membersIn(text: string, vo: string): Readonly<Record<string, string>> {
  const { resources } = JSON.parse(text) as People
  const members = resources.filter((resource) => resource.vo === vo).flatMap((resource) => resource.members)
  return Object.fromEntries(
    members.map(({ identities, status, attributes }) => [
      String(identities[0]),
      `${status} ${String(attributes['user-facility.uid'])}`,
    ]),
  )
}
