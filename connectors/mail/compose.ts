import MailComposer from 'nodemailer/lib/mail-composer'
import type { MailMessage } from './transport.ts'

/** Writes a mail as it goes over the wire: UTF-8, headers without injection, marked as made by a program. */
export async function compose(message: MailMessage, from: string): Promise<Buffer> {
  const { messageId, recipient, subject, body, date } = message
  const composer = new MailComposer({
    ...{ from, date, text: body, messageId: `<${messageId}>` },
    to: { name: '', address: recipient },
    headers: { Subject: subjectOf(subject), 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
    newline: 'windows',
  })
  return composer.compile().build()
}

/** Plain text stands as it is; one that looks as if it were encoded would be read as what it hides. */
function subjectOf(
  subject: string,
): string | { readonly prepared: true; readonly foldLines: true; readonly value: string } {
  if (!subject.includes('=?')) return subject
  return { prepared: true, foldLines: true, value: encodedWords(subject).join(' ') }
}

/** Each of whole characters, and no longer than a word may be. */
function encodedWords(text: string): string[] {
  const parts = text.match(/.{1,10}/gsu) ?? []
  return parts.map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`)
}
