import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { MockActivityEnvironment } from '@temporalio/testing'
import { createClockActivities } from '../../../activities/clock.ts'
import { writeMails } from '../../../activities/drafts.ts'
import { createMailActivities } from '../../../activities/mail.ts'
import { tellNotices } from '../../../activities/notices.ts'
import { createSmtp } from '../../../connectors/mail/smtp.ts'
import { renderTemplate } from '../../../connectors/templates.ts'
import * as store from '../../../store/index.ts'
import { startSmtp, type TestSmtp } from '../../support/smtp.ts'
import { createTestDatabase, type TestDatabase } from '../../support/test-database.ts'
import { add, apply, document } from '../store/world.ts'

jest.setTimeout(300_000)

const races = 200
const day = '2026-06-01'
const noon = new Date(`${day}T12:00:00Z`)

let database: TestDatabase
let smtp: TestSmtp

beforeAll(async () => {
  database = await createTestDatabase()
  smtp = await startSmtp()
  await apply(database.pool, [
    add(document('Instance', 'example')),
    add(document('Source', 'idp', { type: 'declared' })),
    ...Array.from({ length: races }, (_, index) => {
      const attributes = { email: `p${index}@example.org` }
      return add(document('User', `p${index}`, { identities: [`idp/p${index}`], attributes }))
    }),
    ...Array.from({ length: races }, (_, index) =>
      add(document('VO', `vo${index}`, { expiration: { extendBy: 'P1Y' }, notices: { after: ['P0D'] } })),
    ),
  ])
})

afterAll(async () => {
  await smtp.close()
  await database.drop()
})

async function act(
  index: number,
  { what, at, expires }: { readonly what: 'add' | 'extend'; readonly at: Date; readonly expires?: string },
): Promise<void> {
  const request = { user: `idp/p${index}`, ...(expires === undefined ? {} : { expires }) }
  const input = { vo: `vo${index}`, act: what, reason: '', cause: { actor: 'local/test' }, now: at }
  await store.inTransaction(database.pool, (tx) => store.actOnMembers(tx, { ...input, requests: [request] }))
}

/** What the clock of a VO and the mail do when the day has come. */
async function comeTheDay(index: number): Promise<void> {
  const { pool } = database
  const reached = (): void => undefined
  const { runClock } = createClockActivities({
    ...{ pool, store, reached },
    tell: async (input) => tellNotices({ pool, store, render: renderTemplate, onBroken: reached }, input),
  })
  const transport = createSmtp({ url: smtp.url, from: 'guildhall@example.org' })
  const { sendMails } = createMailActivities({
    ...{ pool, store, transport, reached, now: Date.now },
    write: async (input) => writeMails({ pool, store, render: renderTemplate, onBroken: reached }, input),
  })
  const environment = new MockActivityEnvironment()
  await environment.run(runClock, { vo: `vo${index}`, now: noon.getTime() })
  await environment.run(sendMails, { now: noon.getTime() })
}

describe('an extension at the moment at which the membership ends', () => {
  it('comes before or after the end, and no mail says otherwise', async () => {
    for (let index = 0; index < races; index += 1) {
      await act(index, { what: 'add', at: new Date('2026-01-01T12:00:00Z'), expires: day })
      const late = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
      // Now the one begins a little later, now the other.
      const [clockLate, extensionLate] = index % 2 === 0 ? [0, index % 20] : [index % 20, 0]
      await Promise.all([
        late(clockLate).then(async () => comeTheDay(index)),
        late(extensionLate).then(async () => act(index, { what: 'extend', at: noon })),
      ])
    }

    const { rows } = await database.pool.query<{
      status: string
      expires: string
      ended: boolean
      mail: string | null
    }>(
      `select mb.status, mb.expires::text as expires,
         exists (select from member_past p where (p.vo_id, p.person_id) = (mb.vo_id, mb.person_id) and p.status = 'EXPIRED')
           or exists (
             select from event e join event_detail d on d.event_id = e.id
             where e.action = 'expire' and d.personal->>'user' = p.identities[1]) as ended,
         (select m.state from mail m where m.person_id = mb.person_id) as mail
       from member mb join person p on p.id = mb.person_id where p.identities[1] like 'idp/p%'`,
    )
    expect(rows).toHaveLength(races)
    // Either way they are in, for a year from the day.
    expect(new Set(rows.map(({ status, expires }) => `${status} ${expires}`))).toEqual(new Set(['VALID 2027-06-01']))
    // Who never was EXPIRED was told of no end, and what was sent came before the extension.
    expect(rows.filter(({ ended, mail }) => !ended && mail !== null)).toEqual([])
    const sent = rows.filter(({ mail }) => mail === 'sent').length
    expect(sent).toBe(smtp.taken.length)
    // Both orders were seen, or the races were none.
    const endedFirst = rows.filter(({ ended }) => ended).length
    expect({ endedFirst: endedFirst > 0, extendedFirst: endedFirst < races }).toEqual({
      ...{ endedFirst: true, extendedFirst: true },
    })
    expect(await store.verifyAudit(database.pool)).toMatchObject({ valid: true })
  })
})
