import { MockActivityEnvironment } from '@temporalio/testing'
import { createClockActivities } from '../../../activities/clock.ts'
import { writeMails } from '../../../activities/drafts.ts'
import { createMailActivities, type MailTurn } from '../../../activities/mail.ts'
import { tellNotices } from '../../../activities/notices.ts'
import { createSmtp } from '../../../connectors/mail/smtp.ts'
import { renderTemplate } from '../../../connectors/templates.ts'
import * as store from '../../../store/index.ts'

/**
 * Does once what the clock of a VO and the mail do when they come back after an outage: `DATABASE SMTP NOW [POINT COUNT]`. At the
 * point named, counted from 1, the process ends as by kill -9.
 */
const [database = '', smtp = '', now = '', fatalPoint = '', fatalCount = '0'] = process.argv.slice(2)
const pool = store.openPool(database)
const transport = createSmtp({ url: smtp, from: 'guildhall@example.org' })
let left = Number(fatalCount)
const reached = (point: string): void => {
  if (point !== fatalPoint) return
  left -= 1
  if (left === 0) process.kill(process.pid, 'SIGKILL')
}
const onBroken = (): void => undefined
const { runClock } = createClockActivities({
  ...{ pool, store, reached },
  tell: async (input) => tellNotices({ pool, store, render: renderTemplate, onBroken }, input),
})
const { sendMails } = createMailActivities({
  ...{ pool, store, transport, reached, now: Date.now },
  write: async (input) => writeMails({ pool, store, render: renderTemplate, onBroken }, input),
})
const environment = new MockActivityEnvironment()
await environment.run(runClock, { vo: 'astro', now: Number(now) })
for (;;) {
  const turn: MailTurn = await environment.run(sendMails, { now: Number(now) })
  if (turn.nextAt === undefined) break
}
await pool.end()
