import { MockActivityEnvironment } from '@temporalio/testing'
import { writeMails } from '../../activities/drafts.ts'
import { createMailActivities, type MailTurn } from '../../activities/mail.ts'
import { createSmtp } from '../../connectors/mail/smtp.ts'
import { renderTemplate } from '../../connectors/templates.ts'
import * as store from '../../store/index.ts'
import type { Pool } from '../../store/index.ts'

/** Writes and sends the mail that is due, as the workflow of mail does in one turn. */
export async function sendMail(
  pool: Pool,
  { url, now }: { readonly url: string; readonly now: Date },
): Promise<MailTurn> {
  const transport = createSmtp({ url, from: 'guildhall@example.org' })
  const { sendMails } = createMailActivities({
    ...{ pool, store, transport, reached: () => undefined, now: () => now.getTime() },
    write: async (input) => writeMails({ pool, store, render: renderTemplate, onBroken: () => undefined }, input),
  })
  return new MockActivityEnvironment().run(sendMails, { now: now.getTime() })
}

/** The key that a mail brings, as it came over the wire. */
export function keyIn(content: string): string {
  const [, key = ''] = /(?:--key|application verify) ([0-9a-f]{40})/.exec(content.replaceAll('=\r\n', '')) ?? []
  return key
}
