import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { WorkflowUpdateStage } from '@temporalio/client'
import { MockActivityEnvironment } from '@temporalio/testing'
import { createApplicationActivities } from '../../../activities/applications.ts'
import { writeMails } from '../../../activities/drafts.ts'
import { createMailActivities } from '../../../activities/mail.ts'
import { createSmtp } from '../../../connectors/mail/smtp.ts'
import { renderTemplate } from '../../../connectors/templates.ts'
import { createDelegationActivities } from '../../../activities/delegations.ts'
import type { ApplicationAct } from '../../../core/applications/application.ts'
import type { JsonObject } from '../../../core/model/json.ts'
import { compileCheck } from '../../../schemas/validate.ts'
import * as store from '../../../store/index.ts'
import {
  applicationChanged,
  applicationId,
  approve,
  requestChanges,
  resubmit,
  watchApplication,
  type ApplicationOutcome,
} from '../../../workflows/application/messages.ts'
import { delegationId, watchDelegation, type DelegationOutcome } from '../../../workflows/delegation/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { add, apply, change, document, row, stored } from '../store/world.ts'
import { openTemporal, quietActivities, withWorkers } from './harness.ts'

jest.setTimeout(300_000)

const dayMs = 86_400_000
const compileSchema = (schema: JsonObject) => compileCheck(schema)
const items = [{ name: 'why', type: 'text', required: true }]

const fail = ({ error }: { readonly error: unknown }): never => {
  throw error
}

const isDigest = (mail: string): boolean => mail.endsWith(': 1 application waits for your decision')

/** Managers decide, then two of the board, each opened to others after a while. */
function form(urging: { readonly remindAfter: string; readonly rejectAfter: string }): object {
  const steps = [
    { by: 'managers', escalateAfter: 'P40D', escalateTo: { group: 'board' } },
    { by: { group: 'board' }, quorum: 2, escalateAfter: 'P60D', escalateTo: { user: 'idp/boss' } },
  ]
  return { for: 'initial', items, approval: { steps, ...urging } }
}

const people = ['ada', 'linus', 'grace', 'margaret', 'boss', 'new']

describe('the life of an application', () => {
  let temporal: TestTemporal
  let database: TestDatabase
  let filedAt = 0
  let id = 0
  /** So often in a row it is told of changes, so that it goes on as a new run in between. */
  let restlessFor = 0
  let smtp: TestSmtp
  const mails: string[] = []
  beforeAll(async () => {
    temporal = await openTemporal()
    database = await createTestDatabase()
    smtp = await startSmtp()
    await apply(database.pool, [
      add(document('Instance', 'example')),
      add(document('Source', 'idp', { type: 'declared' })),
      ...people.map((name) => {
        const attributes = { email: `${name}@example.org`, displayName: name }
        return add(document('User', name, { identities: [`idp/${name}`], attributes }))
      }),
      add(document('VO', 'astro', { managers: [{ user: 'idp/ada' }] })),
      add(document('Group', 'board', {}, 'astro')),
      row('add', 'astro/board', 'idp/grace'),
      row('add', 'astro/board', 'idp/margaret'),
      add(document('Form', 'join', form({ remindAfter: 'P20D', rejectAfter: 'P120D' }), 'astro')),
    ])
  })
  afterAll(async () => {
    await temporal.close()
    await smtp.close()
    await database.drop()
  })

  const day = (count: number): Date => new Date(filedAt + count * dayMs)
  const dayOf = (count: number): string => day(count).toISOString().slice(0, 10)
  const handleOf = () => temporal.client.workflow.getHandle<() => Promise<ApplicationOutcome>>(applicationId(id))
  const outcomes: string[] = []

  const updates = { approve, resubmit, 'request-changes': requestChanges } as const

  /** Somebody does something, as the command does it: it is noted, and the workflow is told; it settles it once it has looked. */
  function acts(name: keyof typeof updates & ApplicationAct, actor: string, answers?: JsonObject) {
    return async (now: Date): Promise<void> => {
      const noted = await store.inTransaction(database.pool, (tx) =>
        store.noteAct(tx, {
          ...{ application: id, act: name, actor, reason: `by ${actor}`, cause: { actor }, now },
          ...(answers === undefined ? {} : { answers }),
        }),
      )
      const told = await handleOf().startUpdate(updates[name], {
        args: [{ act: noted }],
        updateId: noted,
        waitForStage: WorkflowUpdateStage.ACCEPTED,
      })
      void told.result().then(
        (outcome) => outcomes.push(`${actor} ${name}: ${outcome.kind === 'done' ? 'done' : outcome.reason}`),
        () => undefined,
      )
    }
  }

  /** What people and commits do on their days. */
  const script: Readonly<Record<number, (now: Date) => Promise<unknown>>> = {
    25: acts('request-changes', 'idp/ada'),
    60: acts('resubmit', 'idp/new', { why: 'second' }),
    65: async (now) =>
      store.inTransaction(database.pool, (tx) =>
        store.addDelegations(tx, {
          requests: [
            {
              ...{ delegator: 'idp/ada', delegate: 'idp/linus', vo: 'astro', reason: 'away', from: null },
              until: dayOf(95),
            },
          ],
          ...{ actor: 'idp/ada', cause: { actor: 'idp/ada' }, now },
        }),
      ),
    70: acts('request-changes', 'idp/linus'),
    100: acts('resubmit', 'idp/new', { why: 'third' }),
    105: acts('approve', 'idp/linus'),
    150: acts('approve', 'idp/grace'),
    155: async () => {
      restlessFor = 90
    },
    160: async () => {
      const have = await stored(database.pool, 'Form', 'join')
      const slower = form({ remindAfter: 'P50D', rejectAfter: 'P300D' })
      await apply(database.pool, [change(have, document('Form', 'enter', slower, 'astro'))])
      await handleOf().signal(applicationChanged)
    },
    170: acts('approve', 'idp/ada'),
    180: acts('approve', 'idp/grace'),
    185: async () => {
      const have = await stored(database.pool, 'VO', 'astro')
      await apply(database.pool, [change(have, document('VO', 'astronomy', { managers: [{ user: 'idp/ada' }] }))])
    },
    190: acts('approve', 'idp/grace'),
  }
  const scriptDays = Object.keys(script).map(Number)

  /** What the mail's own workflow does, at the moment of the application. */
  async function sendMail(now: number): Promise<void> {
    const { pool } = database
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

  const dayAt = (at: number): number => Math.round((at - filedAt) / dayMs)

  /** The activities themselves; each look wakes the workflow for the next day of the script too, and does what the script has for that of today. */
  function scripted() {
    const real = createApplicationActivities({ pool: database.pool, store, compileSchema })
    const done = new Set<number>()
    return {
      ...quietActivities(),
      ...createDelegationActivities({ pool: database.pool, store }),
      ...real,
      lookAtApplication: async (input: Parameters<typeof real.lookAtApplication>[0]) => {
        const now = new Date(input.now)
        const look = await real.lookAtApplication(input)
        for (const count of scriptDays)
          if (!done.has(count) && day(count) <= now) {
            done.add(count)
            await script[count]?.(now)
          }
        await sendMail(input.now)
        if (look.kind === 'ended') return look
        if (restlessFor > 0) {
          restlessFor -= 1
          await handleOf().signal(applicationChanged)
        }
        const beat = scriptDays.map((count) => day(count).getTime()).find((at) => at > input.now)
        if (beat === undefined || (look.next !== undefined && look.next.at <= beat)) return look
        return { ...look, next: { kind: 'remind' as const, at: beat } }
      },
    }
  }

  async function events(): Promise<string[]> {
    const { rows } = await database.pool.query<{ at: Date; line: string }>(
      `select e.at, concat_ws(' ', e.action, case when d.personal ? 'by' then 'by ' || (d.personal->>'by') end,
         case when d.personal ? 'for' then 'for ' || (d.personal->>'for') end) as line
       from event e join event_detail d on d.event_id = e.id where e.kind = 'Application' order by e.id`,
    )
    return rows.map(({ at, line }) => `${dayAt(at.getTime())} ${line}`)
  }

  it('goes through every branch in 400 days, each at its moment and once', async () => {
    const now = new Date()
    const filed = await store.inTransaction(database.pool, (tx) =>
      store.fileApplication(tx, {
        ...{ vo: 'astro', kind: 'initial', identity: 'idp/new', answers: { why: 'first' } },
        ...{ cause: { actor: 'idp/new' }, now, compileSchema },
      }),
    )
    if ('refused' in filed) throw new Error(filed.refused.message)
    id = filed.application
    filedAt = now.getTime()
    let firstRun = ''

    const ended = await withWorkers(temporal, scripted(), async () => {
      const { signaledRunId } = await temporal.client.workflow.signalWithStart('application', watchApplication(id))
      firstRun = signaledRunId
      await skipTime(temporal.client, { workflowId: applicationId(id) })
      const outcome = await handleOf().result()
      const [delegation] = await store.listEndingDelegations(database.pool)
      if (delegation === undefined) throw new Error('nobody stood in')
      await skipTime(
        temporal.client,
        await temporal.client.workflow.signalWithStart('delegation', watchDelegation(delegation)),
      )
      const handle = temporal.client.workflow.getHandle<() => Promise<DelegationOutcome>>(delegationId(delegation.id))
      return { outcome, delegation: await handle.result() }
    })

    expect(ended).toEqual({ outcome: { kind: 'rejected' }, delegation: { kind: 'ended' } })
    expect(await events()).toEqual([
      '0 file by idp/new',
      ...['20 remind', '25 request-changes by idp/ada', '60 resubmit by idp/new'],
      ...['70 request-changes by idp/linus for idp/ada', '100 resubmit by idp/new'],
      ...['120 remind', '140 escalate', '140 remind', '150 approve by idp/grace'],
      ...['160 void-approvals', '170 approve by idp/ada', '180 approve by idp/grace'],
      ...['220 remind', '230 escalate', '270 remind', '320 remind', '370 remind', '400 reject'],
    ])
    expect(outcomes).toEqual([
      ...['idp/ada request-changes: done', 'idp/new resubmit: done', 'idp/linus request-changes: done'],
      ...['idp/new resubmit: done', 'idp/linus approve: not-eligible', 'idp/grace approve: done'],
      ...['idp/ada approve: done', 'idp/grace approve: done', 'idp/grace approve: voted-already'],
    ])
    expect(mails.filter((mail) => !isDigest(mail))).toEqual([
      ...[
        '0 new: Your application for astro has arrived',
        '20 ada: Application 1 for astro still waits for a decision',
      ],
      ...['25 new: Your application for astro needs changes', '60 new: Your changed application for astro has arrived'],
      ...[
        '70 new: Your application for astro needs changes',
        '100 new: Your changed application for astro has arrived',
      ],
      '120 ada: Application 1 for astro still waits for a decision',
      ...['grace', 'margaret'].map((name) => `140 ${name}: Application 1 for astro waits for you now`),
      '140 ada: Application 1 for astro still waits for a decision',
      '220 margaret: Application 1 for astronomy still waits for a decision',
      '230 boss: Application 1 for astronomy waits for you now',
      ...[270, 320, 370].flatMap((on) =>
        ['margaret', 'boss'].map((name) => `${on} ${name}: Application 1 for astronomy still waits for a decision`),
      ),
      '400 new: Your application for astronomy has lapsed',
    ])
    // On the days on which somebody looked, once to each of those for whom it waited that morning.
    expect(mails.filter(isDigest).map((mail) => mail.split(':')[0])).toEqual([
      ...['20 ada', '25 ada', '65 ada', '65 linus', '70 linus', '70 ada', '105 ada', '120 ada'],
      ...['140 ada', '140 grace', '140 margaret', '150 ada', '150 grace', '150 margaret', '155 margaret'],
      ...['160 margaret', '170 ada', '180 grace', '180 margaret', '185 margaret', '190 margaret', '220 margaret'],
      ...[230, 270, 320, 370].flatMap((on) => [`${on} margaret`, `${on} boss`]),
    ])
    expect(await store.showApplication(database.pool, id)).toMatchObject({
      ...{ vo: 'astronomy', state: 'rejected', version: 3, reason: 'silence: nobody decided in time' },
    })
    const { rows } = await database.pool.query(
      `select from membership m join identity i using (person_id) where i.ref = 'idp/new'`,
    )
    expect(rows).toEqual([])
    expect((await handleOf().describe()).runId).not.toBe(firstRun)
    await keepHistory(temporal.client, {
      ...{ workflowId: applicationId(id), runId: firstRun, scenario: '400-days-begun' },
    })
    await keepHistory(temporal.client, { workflowId: applicationId(id), scenario: '400-days-continued' })
  })
})
