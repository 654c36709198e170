import { writeMails } from '../../../activities/drafts.ts'
import { createSmtp } from '../../../connectors/mail/smtp.ts'
import { renderTemplate } from '../../../connectors/templates.ts'
import * as store from '../../../store/index.ts'
import type { TestSmtp } from '../../support/smtp.ts'

/** Makes mails of all drafts and sends what is due, as `mail/<instance>` does. */
export async function sendMails(pool: store.Pool, smtp: TestSmtp, now: Date): Promise<void> {
  const wording = {
    pool,
    store,
    render: renderTemplate,
    onBroken: ({ error }: { readonly error: unknown }) => fail(error),
  }
  await writeMails(wording, { now, signal: new AbortController().signal })
  const transport = createSmtp({ url: smtp.url, from: 'guildhall@example.org' })
  await store.withMailSender(pool, now, async (sender) => {
    for (const mail of await sender.due(now, 100)) {
      const { kind } = await transport.send(await sender.complete(mail), () => sender.begin(mail.id))
      await sender.end({ id: mail.id, state: kind === 'sent' ? 'sent' : 'unknown', reply: kind, at: now })
    }
  })
  transport.close()
}

function fail(error: unknown): never {
  throw error
}

/** The keys that came to an address, the first first. */
export function keysTo(smtp: TestSmtp, address: string): readonly string[] {
  return smtp.taken
    .filter(({ recipient }) => recipient === address)
    .flatMap(
      ({ content }) => /guildhall application verify ([0-9a-f]{40})\b/.exec(content.replace(/=\r?\n/g, ''))?.[1] ?? [],
    )
}
