import MailComposer from 'nodemailer/lib/mail-composer'
import type { MailMessage } from './transport.ts'

/** Writes a mail as it goes over the wire: UTF-8, headers without injection, marked as made by a program. */
export async function compose(message: MailMessage, from: string): Promise<Buffer> {
  const { messageId, recipient, subject, body, date } = message
  const composer = new MailComposer({
    ...{ from, subject, date, text: body, messageId: `<${messageId}>` },
    to: { name: '', address: recipient },
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  })
  return composer.compile().build()
}
