import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { writeMails } from '../../../activities/drafts.ts'
import { createMailActivities, type MailTurn } from '../../../activities/mail.ts'
import { createSmtp } from '../../../connectors/mail/smtp.ts'
import type { MailTransport } from '../../../connectors/mail/transport.ts'
import { renderTemplate } from '../../../connectors/templates.ts'
import * as store from '../../../store/index.ts'
import { waitUntil } from '../../../worker/embedded/processes.ts'
import { mailId, mailQueued, sendMail, type MailRunOutcome } from '../../../workflows/mail/messages.ts'
import { keepHistory } from '../../replay/recorder.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'
import type { TestTemporal } from '../../support/temporal.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { skipTime } from '../../support/time-skipping.ts'
import { apply, smallWorld } from '../store/world.ts'
import { openTemporal, quietActivities, withWorkers } from './harness.ts'

jest.setTimeout(60_000)

describe('mail/<instance>', () => {
  let temporal: TestTemporal
  let database: TestDatabase
  let smtp: TestSmtp
  beforeAll(async () => {
    temporal = await openTemporal()
  })
  afterAll(async () => temporal.close())
  beforeEach(async () => {
    database = await createTestDatabase()
    smtp = await startSmtp()
    await apply(database.pool, smallWorld())
  })
  afterEach(async () => {
    await smtp.close()
    await database.drop()
  })

  const handleOf = (name: string) => temporal.client.workflow.getHandle<() => Promise<MailRunOutcome>>(mailId(name))
  const start = async (name: string) => temporal.client.workflow.signalWithStart('mail', sendMail(name))
  const real = (around: (transport: MailTransport) => MailTransport = (transport) => transport) => {
    const transport = around(createSmtp({ url: smtp.url, from: 'guildhall@example.org' }))
    const wording = { pool: database.pool, store, render: renderTemplate, onBroken: () => undefined }
    const dependencies = { pool: database.pool, store, transport, reached: () => undefined, now: Date.now }
    return {
      ...quietActivities(),
      ...createMailActivities({ ...dependencies, write: async (input) => writeMails(wording, input) }),
    }
  }

  async function queue(...keys: readonly string[]): Promise<void> {
    const { rows } = await database.pool.query<{ person: number; vo: number }>(
      'select person_id as person, vo_id as vo from member order by 1 limit 1',
    )
    const [about = { person: 0, vo: 0 }] = rows
    const mails = keys.map((key) => {
      const mail = { key, recipient: `${key}@example.org`, subject: key, body: 'Hello' }
      return { ...mail, ...about, notices: [] }
    })
    await store.inTransaction(database.pool, (tx) => store.queueMails(tx, mails, new Date()))
  }

  const states = async (): Promise<object> =>
    Object.fromEntries(
      (await store.listMails(database.pool, { state: undefined, atMost: 10 })).map(({ key, state }) => [key, state]),
    )

  it('sends what waits, each once whatever its key is queued again, and ends', async () => {
    await queue('one', 'two')
    await queue('two')

    const outcome = await withWorkers(temporal, real(), async () => {
      await start('first')
      return handleOf('first').result()
    })

    expect(outcome).toEqual({ kind: 'done', sent: 2 })
    expect(smtp.taken.map(({ recipient }) => recipient)).toEqual(['one@example.org', 'two@example.org'])
    expect(await states()).toEqual({ one: 'sent', two: 'sent' })
    await keepHistory(temporal.client, { workflowId: mailId('first'), scenario: 'sent' })
  })

  it('tries again later what is refused for now, and leaves what is refused for ever or may have arrived', async () => {
    smtp.mischief.push('refuse-for-now', 'refuse', 'lose-before-reply')
    await queue('a-later', 'b-never', 'c-perhaps')

    const outcome = await withWorkers(temporal, real(), async () => {
      await skipTime(temporal.client, await start('second'))
      return handleOf('second').result()
    })

    expect(outcome).toEqual({ kind: 'done', sent: 1 })
    expect(await states()).toEqual({ 'a-later': 'sent', 'b-never': 'failed', 'c-perhaps': 'unknown' })
    expect(smtp.taken.map(({ recipient }) => recipient)).toEqual(['c-perhaps@example.org', 'a-later@example.org'])
    await keepHistory(temporal.client, { workflowId: mailId('second'), scenario: 'retried' })

    await store.inTransaction(database.pool, (tx) => store.resendMails(tx, ['c-perhaps'], new Date()))
    expect(await store.readMailWakes(database.pool)).not.toEqual([])
    await expect(
      store.inTransaction(database.pool, (tx) => store.resendMails(tx, ['a-later'], new Date())),
    ).rejects.toMatchObject({
      code: 'MAIL_REFUSED',
      message: expect.stringContaining('it is sent, and the mail server took it'),
    })
    await withWorkers(temporal, real(), async () => {
      await start('second')
      await handleOf('second').result()
    })
    expect(await states()).toMatchObject({ 'c-perhaps': 'sent' })
  })

  it.each([
    ['before the mail is whole', { isHeard: false, reply: 'the connection is lost' }],
    ['once the server has the mail', { isHeard: true, reply: undefined }],
  ])('notes by another connection what came of a mail where its own is lost %s', async (_when, { isHeard, reply }) => {
    await queue('one')
    const cut = async () =>
      database.pool.query(
        `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and (classid, objid) = (52, 0) and granted`,
      )
    let isCut = false
    const cutting = (transport: MailTransport): MailTransport => ({
      ...transport,
      send: (message, mayEnd) =>
        transport.send(message, async () => {
          const may = await mayEnd()
          if (isCut) return may
          isCut = true
          await cut()
          if (!isHeard) throw new Error(reply)
          return may
        }),
    })

    await withWorkers(temporal, real(cutting), async () => {
      await skipTime(temporal.client, await start('fourth'))
      await handleOf('fourth').result()
    })

    expect(await states()).toEqual({ one: 'sent' })
    expect(smtp.taken.map(({ recipient }) => recipient)).toEqual(['one@example.org'])
  })

  it('calls unknown what a sender left behind while the server was taking it', async () => {
    await queue('left', 'other')
    await database.pool.query("update mail set state = 'ending' where key = 'left'")

    await withWorkers(temporal, real(), async () => {
      await start('third')
      await handleOf('third').result()
    })

    expect(await states()).toEqual({ left: 'unknown', other: 'sent' })
    expect(smtp.taken).toHaveLength(1)
  })

  it('lets one at a time send', async () => {
    await queue('one')
    const seen = await store.withMailSender(database.pool, new Date(), async () =>
      store.withMailSender(database.pool, new Date(), async () => 'two at once'),
    )

    expect(seen).toBeUndefined()
  })

  it('goes on as a new run after many turns', async () => {
    let turns = 0
    const activities = {
      ...quietActivities(),
      sendMails: async (): Promise<MailTurn> => {
        turns += 1
        return turns > 110 ? { sent: 1, failed: 0 } : { sent: 1, failed: 0, nextAt: 1 }
      },
    }
    const { outcome, first } = await withWorkers(temporal, activities, async () => {
      const handle = await start('busy')
      await waitUntil(async () => turns > 110, 30_000)
      return { outcome: await handleOf('busy').result(), first: handle.signaledRunId }
    })

    expect(outcome).toEqual({ kind: 'done', sent: 111 })
    await keepHistory(temporal.client, { workflowId: mailId('busy'), runId: first, scenario: 'continued' })
  })

  it('looks again where mail comes while it looks for the last time', async () => {
    let turns = 0
    const activities = {
      ...quietActivities(),
      sendMails: async (): Promise<MailTurn> => {
        turns += 1
        if (turns === 1) await handleOf('late').signal(mailQueued)
        return { sent: 0, failed: 0 }
      },
    }
    await withWorkers(temporal, activities, async () => {
      await start('late')
      await handleOf('late').result()
    })

    expect(turns).toBe(2)
  })
})
