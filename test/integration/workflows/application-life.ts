import { WorkflowUpdateStage, type WorkflowHandle } from '@temporalio/client'
import { MockActivityEnvironment } from '@temporalio/testing'
import { createApplicationActivities } from '../../../activities/applications.ts'
import { createDelegationActivities } from '../../../activities/delegations.ts'
import { writeMails } from '../../../activities/drafts.ts'
import { createMailActivities } from '../../../activities/mail.ts'
import { createSmtp } from '../../../connectors/mail/smtp.ts'
import { renderTemplate } from '../../../connectors/templates.ts'
import type { ApplicationAct } from '../../../core/applications/application.ts'
import { GuildhallError } from '../../../core/errors.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import type { Change } from '../../../core/model/plan.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import * as store from '../../../store/index.ts'
import {
  applicationChanged,
  applicationId,
  approve,
  requestChanges,
  resubmit,
  verify,
  watchApplication,
  type ApplicationOutcome,
} from '../../../workflows/application/messages.ts'
import { startSmtp } from '../../support/smtp.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase } from '../../support/test-database.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { keysTo } from '../store/send-mails.ts'
import { apply } from '../store/world.ts'
import { openTemporal, quietActivities, withWorkers } from './harness.ts'

const dayMs = 86_400_000
const compileSchema = (schema: JsonObject) => compileCheck(schema)
const updates = { approve, resubmit, 'request-changes': requestChanges, verify } as const
type Name = keyof typeof updates & ApplicationAct
type Doing = (now: Date) => Promise<unknown>

/** What happens on which day after the filing. */
export type Script = Readonly<Record<number, Doing>>

interface Lived<T> {
  readonly outcome: ApplicationOutcome
  readonly firstRun: string
  readonly afterwards: T
}

/** The application of `idp/new` for VO astro, whose clock runs ahead from one day of a script to the next. */
export interface Life {
  readonly temporal: TestTemporal
  readonly pool: store.Pool
  /** Every mail, as `<day> <reader>: <subject>`. */
  readonly mails: readonly string[]
  /** What came of what people did, in their order. */
  readonly outcomes: readonly string[]
  id(): number
  readonly dayOf: (count: number) => string
  readonly handle: () => WorkflowHandle<() => Promise<ApplicationOutcome>>
  /** Somebody does something, as the command does it. */
  readonly does: (name: Exclude<Name, 'verify'>, actor: string, answers?: JsonObject) => Doing
  /** Somebody gives the key that this address got with its first mail (0), its second (1), …, or one that nobody got. */
  readonly givesKey: (address: string, mail: number) => Doing
  /** Another mail with a key is asked for. */
  readonly asksAgain: Doing
  /** It is told of changes, so often in a row that it goes on as a new run in between. */
  readonly tellOften: Doing
  /** Files with these answers and lets everything happen until it ends; does what comes after it. */
  live<T>(answers: JsonObject, script: Script, afterwards: () => Promise<T>): Promise<Lived<T>>
  /** Every event about it, as `<day> <action> by … for …`. */
  events(): Promise<string[]>
  close(): Promise<void>
}

/** Opens servers on which these documents are in force. */
export async function openLife(documents: readonly Change[]): Promise<Life> {
  const temporal = await openTemporal()
  const database = await createTestDatabase()
  const smtp = await startSmtp()
  const { pool } = database
  const { client } = temporal
  await apply(pool, documents)
  const mails: string[] = []
  const outcomes: string[] = []
  let id = 0
  let filedAt = 0
  let restlessFor = 0
  const day = (count: number): Date => new Date(filedAt + count * dayMs)
  const dayAt = (at: number): number => Math.round((at - filedAt) / dayMs)
  const handle = () => client.workflow.getHandle<() => Promise<ApplicationOutcome>>(applicationId(id))

  /** The workflow settles it once it has looked, so nobody waits for that here. */
  const tell = async (...[name, who, noted]: readonly [Name, string, string]): Promise<void> => {
    const told = await handle().startUpdate(updates[name], {
      args: [{ act: noted }],
      updateId: noted,
      waitForStage: WorkflowUpdateStage.ACCEPTED,
    })
    void told.result().then(
      (outcome) => outcomes.push(`${who} ${name}: ${outcome.kind === 'done' ? 'done' : outcome.reason}`),
      () => undefined,
    )
  }
  const does: Life['does'] = (name, actor, answers) => async (now) => {
    const noted = await store.inTransaction(pool, (tx) =>
      store.noteAct(tx, {
        ...{ application: id, act: name, actor, reason: `by ${actor}`, cause: { actor }, now },
        ...(answers === undefined ? {} : { answers }),
      }),
    )
    await tell(name, actor, noted)
  }
  const givesKey: Life['givesKey'] = (address, mail) => async (now) => {
    const key = keysTo(smtp, address)[mail] ?? '0'.repeat(40)
    try {
      const { noted } = await store.inTransaction(pool, (tx) => store.confirmByKey(tx, { key, now }))
      await tell('verify', address, noted)
    } catch (error) {
      if (!(error instanceof GuildhallError)) throw error
      outcomes.push(`${address} verify: ${error.code}`)
    }
  }
  const asksAgain: Doing = async (now) =>
    store.inTransaction(pool, (tx) => store.askAgain(tx, { application: id, cause: { actor: 'idp/new' }, now }))

  /** What the mail's own workflow does, at the moment of the application. */
  const sendMail = async (now: number): Promise<void> => {
    const wording = { pool, store, render: renderTemplate, onBroken: fail }
    const { sendMails } = createMailActivities({
      ...{ pool, store, reached: () => undefined, now: Date.now },
      transport: createSmtp({ url: smtp.url, from: 'guildhall@example.org' }),
      write: async (input) => writeMails(wording, input),
    })
    const before = smtp.taken.length
    await new MockActivityEnvironment().run(sendMails, { now })
    for (const { recipient, content } of smtp.taken.slice(before)) {
      const [, subject = ''] = /^Subject: (.*)$/m.exec(content) ?? []
      mails.push(`${dayAt(now)} ${recipient.split('@')[0] ?? ''}: ${subject.trim()}`)
    }
  }
  /** The activities themselves; each look wakes the workflow for the next day of the script too, and does what the script has for that of today. */
  const scripted = (script: Script) => {
    const real = createApplicationActivities({ pool, store, compileSchema, reached: () => undefined })
    const left = Object.entries(script).map(([count, doing]) => ({ at: day(Number(count)), doing }))
    return {
      ...quietActivities(),
      ...createDelegationActivities({ pool, store }),
      ...real,
      lookAtApplication: async (input: Parameters<typeof real.lookAtApplication>[0]) => {
        const now = new Date(input.now)
        const look = await real.lookAtApplication(input)
        for (let next = left[0]; next !== undefined && next.at <= now; next = left[0]) {
          left.shift()
          await next.doing(now)
        }
        await sendMail(input.now)
        if (look.kind === 'ended') return look
        if (restlessFor > 0) {
          restlessFor -= 1
          await handle().signal(applicationChanged)
        }
        const beat = left[0]?.at.getTime()
        if (beat === undefined || (look.next !== undefined && look.next.at <= beat)) return look
        return { ...look, next: { kind: 'remind' as const, at: beat } }
      },
    }
  }
  const live: Life['live'] = async (...[answers, script, afterwards]) => {
    const now = new Date()
    const filed = await store.inTransaction(pool, (tx) =>
      store.fileApplication(tx, {
        ...{ vo: 'astro', kind: 'initial', identity: 'idp/new', answers },
        ...{ cause: { actor: 'idp/new' }, now, compileSchema },
      }),
    )
    if ('refused' in filed) throw new Error(filed.refused.message)
    id = filed.application
    filedAt = now.getTime()
    return withWorkers(temporal, scripted(script), async () => {
      const { signaledRunId } = await client.workflow.signalWithStart('application', watchApplication(id))
      await skipTime(client, { workflowId: applicationId(id) })
      return { outcome: await handle().result(), firstRun: signaledRunId, afterwards: await afterwards() }
    })
  }
  const events = async (): Promise<string[]> => {
    const { rows } = await pool.query<{ at: Date; line: string }>(
      `select e.at, concat_ws(' ', e.action, case when d.personal ? 'by' then 'by ' || (d.personal->>'by') end,
         case when d.personal ? 'for' then 'for ' || (d.personal->>'for') end) as line
       from event e join event_detail d on d.event_id = e.id where e.kind = 'Application' order by e.id`,
    )
    return rows.map(({ at, line }) => `${dayAt(at.getTime())} ${line}`)
  }
  return {
    ...{ temporal, pool, mails, outcomes, handle, does, givesKey, asksAgain, live, events },
    id: () => id,
    dayOf: (count) => day(count).toISOString().slice(0, 10),
    tellOften: async () => {
      restlessFor = 90
    },
    close: async () => {
      await temporal.close()
      await smtp.close()
      await database.drop()
    },
  }
}

const fail = ({ error }: { readonly error: unknown }): never => {
  throw error
}
